"""The commands of the catalog."""

from tests.cli.conftest import DEFAULT_CATALOG
from tests.cli.runner import coins, contents, typed


def test_packs_in_a_pipe_are_numbers_without_units(store):
    assert typed("catalog packs").said() == (
        "100\t100\t1.29\t1.290\n"
        "500\t500\t6.49\t1.298\n"
        "2000\t2000\t26.99\t1.349\n"
        "5000\t5000\t66.99\t1.340\n"
        "10000\t10000\t134.99\t1.350\n"
    )


def test_packs_on_a_terminal_have_units(store):
    said = typed("catalog packs", columns=80).said()
    assert "10,000   $134.99   1.350 ¢" in said
    assert "At most 10,000 coins at a time." in said


def test_gifts_are_those_of_the_platform(store):
    assert typed("catalog gifts").said() == (
        "italian-hand\tItalian hand\t5\n"
        "panda\tPanda\t5\n"
        "love-bang\tLove bang\t25\n"
        "sun-cream\tSun cream\t50\n"
        "rainbow-puke\tRainbow puke\t100\n"
        "concert\tConcert\t500\n"
        "im-very-rich\tI'm very rich\t1000\n"
        "drama-queen\tDrama queen\t5000\n"
    )


def test_promotions_are_priced_at_both_ends(store):
    assert typed("catalog promotions").said() == (
        "smallest\t5.00\t500\t1000\nlargest\t7000.00\t707000\t1414000\n"
    )


def test_large_sums_of_dollars_are_written_like_large_numbers_of_coins(store):
    said = typed("catalog promotions", columns=80).said()
    assert "707,000" in said
    assert "$7,000.00" in said


def test_promotions_on_a_terminal_say_what_days_cost(store):
    said = typed("catalog promotions", columns=80).said()
    assert "For 1 to 30 days." in said
    assert "At least 500 coins a day." in said
    assert "2 views a coin." in said


def test_check_says_what_is_in_force(store, clap_catalog):
    assert typed("catalog check").said() == "the default catalog is good: 5 packs, 8 gifts.\n"
    assert coins("catalog", "check", clap_catalog).said() == (
        f"{clap_catalog} is good: 6 packs, 9 gifts.\n"
    )


def test_check_without_a_file_checks_the_stores_own(store):
    typed("catalog init").said()
    assert typed("catalog check --json").json()["file"] == str(store / "catalog.toml")


def test_check_takes_a_catalog_with_one_gift_and_one_pack(store, tmp_path):
    file = tmp_path / "small.toml"
    whole = DEFAULT_CATALOG.read_text()
    packs, _, rest = whole.partition("[packs.500]")
    rest = "[recharge]" + rest.partition("[recharge]")[2]
    before, _, gifts = rest.partition("[gifts.italian-hand]")
    file.write_text(packs + before + "[gifting]" + gifts.partition("[gifting]")[2])
    assert coins("catalog", "check", file).said() == f"{file} is good: 1 pack, 1 gift.\n"


def test_init_gives_a_copy_to_be_edited_that_is_good_as_it_is(store):
    said = typed("catalog init").said()
    file = store / "catalog.toml"
    assert said == f"Wrote {file}\nEdit it, then: coins catalog check\n"
    assert file.read_bytes() == DEFAULT_CATALOG.read_bytes()
    assert typed("catalog check --json").json()["ok"] is True
    assert typed("verify --json").json()["ok"] is True


def test_init_leaves_only_the_file_in_quiet(store):
    assert typed("catalog init --quiet").said() == f"{store / 'catalog.toml'}\n"


def test_init_does_not_write_over_a_catalog(store):
    (store / "catalog.toml").write_text("# mine")
    before = contents(store)
    error = typed("catalog init --json").refusal()
    assert (error["exit"], error["code"]) == (5, "file_exists")
    assert str(store / "catalog.toml") in typed("catalog init").err
    assert contents(store) == before


def test_a_creators_share_other_than_all_is_paid_by_the_catalog(store, tmp_path):
    file = tmp_path / "half.toml"
    file.write_text(
        DEFAULT_CATALOG.read_text().replace("creator_share = 1 ", "creator_share = 0.5 ")
    )
    receipt = coins("gift", "dora", "bob", "panda", "--catalog", file, "--json").json()
    assert (receipt["coins"], receipt["earned"]) == (5, 2)
    assert typed("verify --json").json()["ok"] is True
