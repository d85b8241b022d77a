"""Free text on one line, and back."""

from hypothesis import example, given
from hypothesis import strategies as st

from coins_cli.exports.escaping import escaped, unescaped


@given(st.text(), st.sampled_from(["", ",", ",;["]))
@example("\\x41", "")
@example("\\\\n\n", "")
@example("\u202e\x00\x85\u2028\U000e0001é🎁", "")
def test_any_text_is_printable_on_one_line_and_comes_back(text, also):
    written = escaped(text, also)
    assert written.isprintable()
    assert not set(also) & set(written)
    assert unescaped(written) == text


def test_what_can_be_shown_stays_as_it_is():
    assert escaped("Ünï 🎁 - «x», 'y'; {z}") == "Ünï 🎁 - «x», 'y'; {z}"


def test_the_escapes_are_those_of_python():
    assert escaped("a\n\t\x1b\u202e\U000e0001\\", "a") == r"\x61\n\t\x1b\u202e\U000e0001\\"
