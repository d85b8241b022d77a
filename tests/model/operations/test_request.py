"""What every request has, and how its fields are checked."""

import msgspec
import pytest

from coins_cli.errors import (
    Invalid,
    InvalidAddress,
    InvalidAmount,
    InvalidChoice,
    InvalidHandle,
    InvalidKey,
    InvalidText,
    OneAtMost,
)
from coins_cli.model.default_catalog import DEFAULT_CATALOG
from coins_cli.model.economy import Economy, Rules
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.live import EndLive, StartLive
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.operations.request import differences, op_of
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.transactions import AnyRequest
from tests.model.economy import (
    MOST,
)

PAYPAL = "bob@example.com"


def send(request):
    """Check a request, and decide it in an economy of Alice and Bob."""
    request.check()
    economy = Economy(Rules(DEFAULT_CATALOG))
    economy.do(Open("alice"))
    economy.do(Open("bob"))
    economy.do(request)


@pytest.mark.parametrize(
    ("build", "family"),
    [
        (lambda: Open("a"), InvalidHandle),
        (lambda: Open("Alice"), InvalidHandle),
        (lambda: Open("alice", ""), InvalidText),
        (lambda: Open("alice", "x" * 51), InvalidText),
        (lambda: Recharge("alice/", "100"), InvalidHandle),
        (lambda: Recharge("alice", "100", 0), InvalidAmount),
        (lambda: Recharge("alice", "100", -1), InvalidAmount),
        (lambda: Recharge("alice", "100", quantity=True), InvalidAmount),
        (lambda: Recharge("alice", "100", MOST + 1), InvalidAmount),
        (lambda: Gift("alice", "b", "panda"), InvalidHandle),
        (lambda: Gift("a", "bob", "panda"), InvalidHandle),
        (lambda: Gift("alice", "bob", "panda", 0), InvalidAmount),
        (lambda: Gift("alice", "bob", "panda", 1.5), InvalidAmount),
        (lambda: Gift("alice", "bob", "panda", venue="live", video="v1"), OneAtMost),
        (lambda: Gift("alice", "bob", "panda", video=" "), InvalidText),
        (lambda: Gift("alice", "bob", "panda", video="v" * 101), InvalidText),
        (lambda: Gift("alice", "bob", "panda", message=""), InvalidText),
        (lambda: Gift("alice", "bob", "panda", message="m" * 201), InvalidText),
        (lambda: Promote("al ice", "v", 1), InvalidHandle),
        (lambda: Promote("alice", "", 1), InvalidText),
        (lambda: Promote("alice", "v", 0), InvalidAmount),
        (lambda: Promote("alice", "v", 1, coins=0), InvalidAmount),
        (lambda: Promote("alice", "v", 1, usd_cents=-5), InvalidAmount),
        (lambda: Promote("alice", "v", 1, views=MOST + 1), InvalidAmount),
        (lambda: Promote("alice", "v", 1, coins=500, usd_cents=500), OneAtMost),
        (lambda: Promote("alice", "v", 1, coins=500, views=500), OneAtMost),
        (lambda: Promote("alice", "v", 1, usd_cents=500, views=500), OneAtMost),
        (lambda: Promote("alice", "v", 1, audience="everyone"), InvalidChoice),
        (lambda: Promote("alice", "v", 1, interests="pandas"), InvalidChoice),
        (lambda: Promote("alice", "v", 1, audience="custom", interests=""), InvalidText),
        (lambda: CashOut("con", PAYPAL), InvalidHandle),
        (lambda: CashOut("bob", "bob"), InvalidAddress),
        (lambda: CashOut("bob", PAYPAL, 0), InvalidAmount),
        (lambda: StartLive(""), InvalidHandle),
        (lambda: EndLive("bob."), InvalidHandle),
        (lambda: Open("alice", note=" x"), InvalidText),
        (lambda: StartLive("alice", "x" * 101), InvalidText),
        (lambda: Gift("alice", "bob", "panda", message="\ud800"), InvalidText),
    ],
)
def test_a_request_that_cannot_be_right_cannot_be_sent(build, family):
    with pytest.raises(family):
        send(build())


@pytest.mark.parametrize("key", ["", "k" * 256, "a\nb", "\x1b[2J"])
def test_a_key_is_short_and_printable(key):
    for request in (Open("alice", key=key), Reverse(1, "why", key=key)):
        with pytest.raises(InvalidKey):
            request.check()
    Open("alice", key="k" * 255).check()


def test_what_no_request_may_have_today_is_read_back_from_yesterday():
    for past in (Open("A" * 40), Recharge("x", "100", 0), Reverse(0, ""), Open("alice", key="")):
        again = msgspec.json.decode(msgspec.json.encode(past), type=AnyRequest)
        assert again == past
        with pytest.raises(Invalid):
            send(again)


def test_a_gift_that_is_not_named_by_its_id_is_not_in_its_normal_form():
    with pytest.raises(InvalidText, match="gift is named otherwise than by an id"):
        Gift("alice", "bob", "Love Bang").check()
    Gift("alice", "bob", "love-bang").check()


def test_the_cap_on_a_text_counts_white_space_that_would_be_kept():
    with pytest.raises(InvalidText):
        Gift("alice", "bob", "panda", message=" " * 100_000 + "m").check()


def test_requests_are_told_apart_by_the_names_people_know():
    gift = Gift("alice", "bob", "panda")
    assert differences(gift, gift) == []
    assert differences(gift, Gift("carol", "dave", "panda", 2)) == ["from", "to", "quantity"]
    assert differences(Promote("alice", "v", 1), Promote("alice", "w", 1)) == ["video"]
    assert differences(gift, Open("alice")) == ["op"]
    by_price = Promote("alice", "v", 1, usd_cents=500), Promote("alice", "v", 1, coins=500)
    assert sorted(differences(*by_price)) == ["coins", "usd"]


@pytest.mark.parametrize(
    ("request_", "op", "users"),
    [
        (Open("alice"), "open", ("alice",)),
        (Recharge("alice", "100"), "recharge", ("alice",)),
        (Gift("alice", "bob", "panda"), "gift", ("alice", "bob")),
        (Promote("alice", "v", 1), "promote", ("alice",)),
        (CashOut("bob", PAYPAL), "cashout", ("bob",)),
        (StartLive("bob"), "live_start", ("bob",)),
        (EndLive("bob"), "live_end", ("bob",)),
        (SettlePayout(7), "payout_settle", ()),
        (ReturnPayout(7, "x"), "payout_return", ()),
        (Reverse(7, "x"), "reverse", ()),
    ],
)
def test_a_request_knows_its_operation_and_its_users(request_, op, users):
    assert op_of(request_) == op
    assert request_.users() == users


def test_a_venue_that_there_is_not_cannot_be_asked_for():
    """It would be written, and never be read again."""
    with pytest.raises(InvalidChoice):
        Gift("alice", "bob", "panda", venue="party").check()
