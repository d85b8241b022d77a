"""The bank: each use case, on each kind of store, with texts as people type them."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from coins_cli import queries as reading
from coins_cli.bank import Bank
from coins_cli.errors import (
    AlreadyLive,
    BelowThreshold,
    ChangedMeanwhile,
    CoinsError,
    GiftToSelf,
    HandleTaken,
    InvalidAddress,
    InvalidAmount,
    InvalidChoice,
    InvalidDollars,
    InvalidHandle,
    InvalidJson,
    InvalidKey,
    InvalidReceipt,
    InvalidText,
    KeyReused,
    NoStore,
    NotEnoughCoins,
    NotLive,
    OneAtMost,
    TooManyCoins,
    UnknownGift,
    UnknownPack,
    UnknownUser,
)
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.gift import Gift
from coins_cli.model.operations.open_wallet import Open
from coins_cli.model.operations.promote import Promote
from coins_cli.model.operations.recharge import Recharge
from coins_cli.model.wallets import Wallet
from coins_cli.opening import open_bank
from coins_cli.queries import USERS_SEARCHED_MAX, utc_now
from coins_cli.store.memory import MemoryStore
from tests.store.economies import CATALOG, bank_at

HASH = "0" * 64
ANOTHER = "another_refused"


@pytest.fixture
def town(bank):
    """A bank in which alice has 10,000 coins and bob has none."""
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 10_000)
    return bank


# -- wallets -------------------------------------------------------------------------------------


def test_wallets_are_opened_all_or_none(bank):
    receipts = bank.create_wallets("alice", "bob", name="The two")
    assert [receipt.seq for receipt in receipts] == [1, 2]
    assert [receipt.request for receipt in receipts] == [
        Open("alice", "The two"),
        Open("bob", "The two"),
    ]
    with pytest.raises(HandleTaken):
        bank.create_wallets("carol", "alice")
    with pytest.raises(InvalidHandle):
        bank.create_wallets("carol", "no spaces")
    assert [wallet.user for wallet in bank.read.wallets()] == ["alice", "bob"]


def test_handles_are_kept_in_lower_case(bank):
    bank.create_wallets("Alice", "BOB")
    bank.recharge("ALICE", 100)
    bank.gift("aLiCe", "Bob", "panda")
    assert bank.read.wallet("AlicE") == Wallet("alice", coins=95, last=4)
    assert [receipt.op for receipt in bank.read.history("bOB")] == ["gift", "open"]
    assert bank.read.top("BOB")[0].user == "alice"


@pytest.mark.parametrize("name", ["", "   ", "x" * 51])
def test_a_display_name_is_a_text_of_some_length(bank, name):
    with pytest.raises(InvalidText):
        bank.create_wallets("alice", name=name)
    with pytest.raises(UnknownUser if isinstance(bank.store, MemoryStore) else NoStore):
        bank.read.wallet("alice")


def test_white_space_around_a_display_name_is_not_part_of_it(bank):
    bank.create_wallets("alice", name="  Alice 💃 ")
    assert bank.read.wallet("alice").name == "Alice 💃"


def test_all_wallets_come_by_handle(town):
    town.create_wallets("zz", "aa")
    assert [wallet.user for wallet in town.read.wallets()] == ["aa", "alice", "bob", "zz"]
    assert town.read.wallets()[1] == town.read.wallet("alice")


# -- money ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", [500, "500"])
def test_a_recharge_names_a_pack(town, pack):
    receipt = town.recharge("bob", pack, quantity=3)
    assert receipt.request == Recharge("bob", "500", 3)
    assert (receipt.transaction.coins, receipt.transaction.usd_cents) == (1500, 1947)
    assert receipt.balances == {"bob": {"coins": 1500, "earned": 0}}


def test_what_cannot_be_recharged_is_refused(town):
    with pytest.raises(UnknownPack):
        town.recharge("bob", 7)
    with pytest.raises(TooManyCoins):
        town.recharge("bob", 500, quantity=21)
    for quantity in (0, -1, True, 1.0, "2", 2**53):
        with pytest.raises(InvalidAmount):
            town.recharge("bob", 500, quantity=quantity)
    with pytest.raises(UnknownUser):
        town.recharge("dora", 500)
    assert town.read.wallet("bob").coins == 0


@pytest.mark.parametrize(
    "gift", ["I'm very rich", "im-very-rich", "IM VERY RICH", "I\u2019m Very Rich"]
)
def test_a_gift_is_named_by_id_or_by_name(town, gift):
    receipt = town.gift("alice", "bob", gift, key="the same")
    assert receipt.transaction.coins == 1000
    # However it is written, it is the same request.
    assert town.gift("alice", "bob", "im-very-rich", key="the same").replayed


def test_a_gift_goes_where_it_is_sent(town):
    assert town.gift("alice", "bob", "panda").transaction.venue == "comments"
    assert town.gift("alice", "bob", "panda", comment=" my video ").request.video == "my video"
    with pytest.raises(NotLive):
        town.gift("alice", "bob", "panda", live=True)
    town.start_live("bob")
    assert town.gift("alice", "bob", "panda").transaction.venue == "live"
    assert town.gift("alice", "bob", "panda", live=True).request.venue == "live"
    assert town.gift("alice", "bob", "panda", comment="v").transaction.venue == "comments"
    with pytest.raises(OneAtMost):
        town.gift("alice", "bob", "panda", live=True, comment="v")


def test_a_gift_can_carry_a_message(town):
    receipt = town.gift("alice", "bob", "panda", message="  well sung \n")
    assert receipt.request == Gift("alice", "bob", "panda", message="well sung")
    for message in ("", " ", "x" * 201, "\ud800"):
        with pytest.raises(InvalidText):
            town.gift("alice", "bob", "panda", message=message)
    for video in ("", "x" * 101):
        with pytest.raises(InvalidText):
            town.gift("alice", "bob", "panda", comment=video)


def test_what_cannot_be_given_is_refused(town):
    with pytest.raises(GiftToSelf):
        town.gift("alice", "Alice", "panda")
    with pytest.raises(UnknownGift) as refusal:
        town.gift("alice", "bob", "pandas")
    assert refusal.value.close == ["panda"]
    for nothing in ("", "  ", "''", "💃"):
        with pytest.raises(UnknownGift):
            town.gift("alice", "bob", nothing)
    with pytest.raises(NotEnoughCoins):
        town.gift("bob", "alice", "panda")
    with pytest.raises(InvalidAmount):
        town.gift("alice", "bob", "panda", quantity=0)


@pytest.mark.parametrize(
    ("price", "coins"),
    [({}, 1500), ({"coins": 2000}, 2000), ({"usd": "20"}, 2016), ({"views": 4001}, 2001)],
)
def test_a_promotion_is_bought_in_one_of_four_ways(town, price, coins):
    receipt = town.promote("alice", " my video ", days=3, **price)
    assert receipt.transaction.coins == coins
    assert receipt.request.video == "my video"
    assert town.read.wallet("alice").coins == 10_000 - coins


def test_a_promotion_has_an_audience(town):
    receipt = town.promote("alice", "v", days=1, audience="custom", interests=" cats ")
    assert receipt.request == Promote("alice", "v", 1, audience="custom", interests="cats")
    with pytest.raises(InvalidChoice):
        town.promote("alice", "v", days=1, interests="cats")
    with pytest.raises(InvalidChoice):
        town.promote("alice", "v", days=1, audience="everyone")
    with pytest.raises(InvalidText):
        town.promote("alice", "v", days=1, audience="custom", interests="")


def test_what_cannot_be_promoted_is_refused(town):
    with pytest.raises(OneAtMost):
        town.promote("alice", "v", days=1, coins=500, usd="5")
    with pytest.raises(InvalidDollars):
        town.promote("alice", "v", days=1, usd="5 dollars")
    with pytest.raises(InvalidText):
        town.promote("alice", " ", days=1)
    with pytest.raises(InvalidAmount):
        town.promote("alice", "v", days=0)


def test_cashing_out_takes_all_or_a_part(town):
    town.gift("alice", "bob", "drama queen", quantity=2)
    with pytest.raises(InvalidAddress):
        town.cash_out("bob", "bob at example")
    part = town.cash_out("bob", "bob@example.com", coins=10)
    assert (part.transaction.coins, part.transaction.usd_cents) == (10, 10)
    with pytest.raises(BelowThreshold):
        town.cash_out("bob", "bob@example.com")
    town.recharge("alice", 100)
    town.gift("alice", "bob", "panda", quantity=2)
    rest = town.cash_out("bob", "bob@example.com")
    assert (rest.transaction.coins, rest.transaction.usd_cents) == (10_000, 10_000)
    assert rest.balances == {"bob": {"coins": 0, "earned": 0}}


def test_a_live_starts_and_ends(town):
    started = town.start_live("Bob")
    assert town.read.wallet("bob").live_since == started.at
    with pytest.raises(AlreadyLive):
        town.start_live("bob")
    assert town.end_live("bob").op == "live_end"
    with pytest.raises(NotLive):
        town.end_live("bob")


# -- keys and dry runs ---------------------------------------------------------------------------


def money_verbs(bank, **options):
    return [
        bank.recharge("alice", 500, **options),
        bank.gift("alice", "bob", "panda", **options),
        bank.promote("alice", "v", days=1, **options),
        bank.cash_out("bob", "bob@example.com", **options),
    ]


def test_each_money_verb_can_be_tried(town):
    town.gift("alice", "bob", "drama queen", quantity=2)
    town.recharge("alice", 10_000)
    before = town.read.wallets(), len(town.read.history("alice"))
    tried = money_verbs(town, dry_run=True, key="k")
    assert [(one.seq, one.head, one.dry_run, one.key) for one in tried] == [
        (None, None, True, "k")
    ] * 4
    assert (town.read.wallets(), len(town.read.history("alice"))) == before
    assert tried[0].balances == {"alice": {"coins": 10_500, "earned": 0}}


@pytest.mark.parametrize("verb", range(4))
def test_each_money_verb_takes_a_key(town, verb):
    town.gift("alice", "bob", "drama queen", quantity=2)
    town.recharge("alice", 10_000)
    verbs = [
        lambda: town.recharge("alice", 500, key="k"),
        lambda: town.gift("alice", "bob", "panda", key="k"),
        lambda: town.promote("alice", "v", days=1, key="k"),
        lambda: town.cash_out("bob", "bob@example.com", key="k"),
    ]
    first = verbs[verb]()
    before = town.read.wallets()
    again = verbs[verb]()
    assert (first.replayed, again.replayed) == (False, True)
    assert (again.seq, again.head, again.balances) == (first.seq, first.head, first.balances)
    assert town.read.wallets() == before
    with pytest.raises(KeyReused) as refusal:
        verbs[verb - 1]()
    assert refusal.value.differs == ["op"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "\x1b", "\ud800"])
def test_a_key_is_a_printable_text_of_some_length(town, key):
    with pytest.raises(InvalidKey):
        town.recharge("alice", 100, key=key)


def test_requests_can_be_applied_together(town):
    asked = [Recharge("bob", "100", key="k"), Gift("bob", "alice", "panda")]
    tried = town.apply_all(asked, dry_run=True)
    assert [one.op for one in tried] == ["recharge", "gift"]
    receipts = town.apply_all(asked)
    assert [receipt.seq for receipt in receipts] == [4, 5]
    assert receipts[1].balances["bob"] == {"coins": 95, "earned": 0}
    assert town.apply(Recharge("bob", "100", key="k")).replayed


# -- exactly what was shown ----------------------------------------------------------------------


def test_exactly_what_was_shown_is_done(town):
    shown = town.recharge("alice", 100, dry_run=True)
    town.gift("alice", "bob", "panda")
    receipt = town.exactly([shown]).recharge("alice", 100)
    assert (receipt.transaction.sums, receipt.catalog) == (shown.transaction.sums, shown.catalog)


def test_what_is_no_longer_what_was_shown_is_not_done(town):
    town.gift("alice", "bob", "drama queen", quantity=2)
    shown = town.cash_out("bob", "bob@example.com", dry_run=True)
    town.recharge("alice", 100)
    town.gift("alice", "bob", "panda")
    before = town.read.wallets()
    with pytest.raises(ChangedMeanwhile):
        town.exactly([shown]).cash_out("bob", "bob@example.com")
    assert town.read.wallets() == before


def test_another_request_than_was_shown_is_not_done(town):
    shown = town.recharge("alice", 100, dry_run=True)
    for asks in (
        lambda bank: bank.recharge("bob", 100),
        lambda bank: bank.recharge("alice", 100, quantity=2),
        lambda bank: bank.create_wallets("zoe"),
        lambda bank: bank.apply_all([]),
    ):
        with pytest.raises(ChangedMeanwhile):
            asks(town.exactly([shown]))
    assert town.read.wallet("bob").coins == 0


def test_the_prices_are_read_again_for_what_was_shown(town):
    prices = [CATALOG]
    bank = Bank(town.store, lambda: prices[-1], clock=town.read.computer_time)
    shown = bank.recharge("alice", 100, dry_run=True)
    packs = {"100": replace(CATALOG.packs["100"], usd_cents=999)}
    prices.append(replace(CATALOG, packs=packs))
    with pytest.raises(ChangedMeanwhile):
        bank.exactly([shown]).recharge("alice", 100)
    dearer = bank.reloaded().recharge("alice", 100, dry_run=True)
    assert bank.exactly([dearer]).recharge("alice", 100).transaction.usd_cents == 999


def test_a_dry_run_tells_what_was_done_before_under_its_key(town):
    receipt = town.recharge("alice", 100, key="k")
    tried = town.recharge("alice", 100, key="k", dry_run=True)
    assert (tried.replayed, tried.dry_run, tried.at) == (True, True, receipt.at)
    assert town.exactly([tried]).recharge("alice", 100, key="k").seq == receipt.seq
    assert not town.recharge("alice", 100, key="other", dry_run=True).replayed


def answered(bank, asked, **options):
    """The answer to each: its number, whether it was there before, or its refusal's code."""
    return [
        answer.code if isinstance(answer, CoinsError) else (answer.seq, answer.replayed)
        for answer in bank.apply_each(asked, **options)
    ]


NO_JSON = InvalidJson("it is another kind of value")
EACH = [
    Recharge("bob", "100", key="k"),
    Gift("bob", "alice", "drama-queen"),
    NO_JSON,
    Gift("bob", "alice", "panda", key="x" * 256),
    Recharge("bob", "100", key="k"),
    Gift("bob", "nobody", "panda"),
    Gift("bob", "alice", "panda"),
]


def test_requests_can_be_applied_each_on_its_own(town):
    assert answered(town, EACH) == [
        (4, False),
        "not_enough_coins",
        "invalid_json",
        "invalid_key",
        (4, True),
        "unknown_user",
        (5, False),
    ]
    assert town.read.wallet("bob").coins == 95
    assert town.read.verify().findings == ()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (Gift("alice", "bob", "panda", -1), "invalid_amount"),
        (Gift("alice", "bob", "panda", 0), "invalid_amount"),
        (Gift("Alice", "bob", "panda"), "invalid_handle"),
        (Gift("alice", "bob", "Panda"), "invalid_text"),
        (Gift("alice", "bob", "panda", venue="space"), "invalid_choice"),
        (Gift("alice", "bob", "panda", message=" hi"), "invalid_text"),
        (Recharge("alice", "100", -1), "invalid_amount"),
        (Recharge("alice", "100", key="a\nb"), "invalid_key"),
        (Promote("alice", "v", 1, coins=-500), "invalid_amount"),
        (CashOut("alice", "nobody", 10), "invalid_address"),
        (Open("zo\u00eb"), "invalid_handle"),
    ],
    ids=repr,
)
def test_no_request_goes_around_its_check_however_it_is_applied(town, request_, code):
    before = town.read.wallets(), len(town.read.history("alice"))
    for apply in (town.apply, lambda one: town.apply_all([one])):
        with pytest.raises(CoinsError) as refusal:
            apply(request_)
        assert refusal.value.code == code
    assert answered(town, [request_]) == [code]
    assert answered(town, [request_], dry_run=True) == [code]
    assert (town.read.wallets(), len(town.read.history("alice"))) == before


def test_a_refusal_can_end_or_undo_what_is_applied_each_on_its_own(town):
    assert answered(town, EACH, on_refusal="stop") == [(4, False), "not_enough_coins"]
    before = town.read.wallets()
    others = answered(town, EACH[:4] + EACH[-1:], on_refusal="undo")
    assert others == [(4, True), "not_enough_coins", "invalid_json", "invalid_key", ANOTHER]
    assert town.read.wallets() == before


def test_what_is_applied_each_on_its_own_can_be_tried(town):
    before = town.read.wallets(), len(town.read.history("bob"))
    tried = town.apply_each(EACH, dry_run=True)
    assert [getattr(one, "key", "refused") for one in tried] == [
        *["k", "refused", "refused", "refused", "k", "refused"],
        None,
    ]
    assert tried[2] is NO_JSON
    assert {(one.seq, one.head, one.dry_run) for one in (tried[0], tried[-1])} == {
        (None, None, True)
    }
    assert tried[-1].balances["bob"] == {"coins": 95, "earned": 0}
    assert (town.read.wallets(), len(town.read.history("bob"))) == before
    assert answered(town, EACH, on_refusal="stop", dry_run=True) == [
        (None, False),
        "not_enough_coins",
    ]


def test_one_time_is_that_of_all_that_is_applied_together(town, clock):
    now = clock.now + timedelta(seconds=1)
    first, last = town.apply_each([EACH[0], EACH[-1]])
    assert first.at == last.at == now


# -- who is meant --------------------------------------------------------------------------------


def test_an_unknown_user_is_told_who_may_have_been_meant(town):
    town.create_wallets("alises")
    tries = [
        lambda: town.read.wallet("alise"),
        lambda: town.recharge("alise", 100),
        lambda: town.recharge("alise", 100, dry_run=True),
        lambda: town.gift("alise", "bob", "panda"),
        lambda: town.gift("bob", "Alise", "panda"),
        lambda: town.read.history("alise"),
        lambda: town.read.top("alise"),
        lambda: town.start_live("alise"),
    ]
    for attempt in tries:
        with pytest.raises(UnknownUser) as refusal:
            attempt()
        assert refusal.value.user == "alise"
        assert refusal.value.close == ["alises", "alice"]


def test_someone_who_is_like_nobody_is_just_unknown(town):
    with pytest.raises(UnknownUser) as refusal:
        town.read.wallet("zzzz")
    assert list(refusal.value.close) == []


def test_nobody_can_be_meant_where_there_is_no_store(bank):
    with pytest.raises(UnknownUser) as refusal:
        bank.recharge("alice", 100)
    assert list(refusal.value.close) == []


def test_only_so_many_handles_are_looked_through(bank, monkeypatch):
    assert USERS_SEARCHED_MAX >= 1000
    monkeypatch.setattr(reading, "USERS_SEARCHED_MAX", 1)
    bank.create_wallets("alice", "zoe")
    with pytest.raises(UnknownUser) as refusal:
        bank.read.wallet("zoa")
    assert list(refusal.value.close) == []


# -- reading -------------------------------------------------------------------------------------


def test_a_history_is_newest_first_and_as_long_as_asked(town):
    for _ in range(3):
        town.gift("alice", "bob", "panda")
    assert [receipt.seq for receipt in town.read.history("alice")] == [6, 5, 4, 3, 1]
    assert [receipt.seq for receipt in town.read.history("alice", limit=2)] == [6, 5]
    assert town.read.history("alice", limit=0) == []
    assert len(town.read.history("alice", limit=99)) == 5


def test_receipts_in_a_history_are_those_that_were_answered(town):
    receipt = town.gift("alice", "bob", "panda", key="k", message="hi")
    assert town.read.history("bob")[0] == receipt


def test_how_far_it_is_to_cashing_out(town):
    previews = [town.read.cash_out_preview(town.read.wallet("bob"))]
    for _ in range(3):
        town.recharge("alice", 5000)
        town.gift("alice", "bob", "drama queen")
        previews.append(town.read.cash_out_preview(town.read.wallet("bob")))
    assert [(p.eligible, p.threshold, p.short_by, p.usd_cents) for p in previews] == [
        (False, 10_000, 10_000, 0),
        (False, 10_000, 5_000, 5_000),
        (True, 10_000, 0, 10_000),
        (True, 10_000, 0, 15_000),
    ]


def test_quotes_need_no_store(bank):
    assert bank.read.quote_coins(10_000).purchase.usd_cents == 12_900
    assert bank.read.quote_gift("Panda", quantity=2).coins == 10
    assert bank.read.quote_usd("6.49").coins == 500
    for wrong in (0, -5, 2.5, "5"):
        with pytest.raises(InvalidAmount):
            bank.read.quote_coins(wrong)
        with pytest.raises(InvalidAmount):
            bank.read.quote_gift("panda", quantity=wrong)
    with pytest.raises(InvalidDollars):
        bank.read.quote_usd("six")


# -- verifying -----------------------------------------------------------------------------------


def test_all_is_well(town):
    audit = town.read.verify()
    assert (audit.transactions, audit.wallets, audit.coins_issued) == (3, 2, 10_000)
    assert audit.findings == ()


@pytest.mark.parametrize("write", [str, str.upper, "  {}\n".format])
def test_a_receipt_that_stands_is_no_finding(town, write):
    receipt = town.gift("alice", "bob", "panda")
    town.recharge("bob", 100)
    assert town.read.verify(write(f"{receipt.seq}:{receipt.head}")).findings == ()


def test_a_receipt_of_another_history_is_a_finding(town, clock):
    receipt = town.gift("alice", "bob", "panda")
    other = Bank(MemoryStore(), CATALOG, clock=clock)
    (theirs,) = other.create_wallets("mallory")
    for text in (
        f"{receipt.seq}:{'0' * 64}",
        f"{receipt.seq - 1}:{receipt.head}",
        f"{receipt.seq + 1}:{receipt.head}",
        f"{10**15}:{receipt.head}",
        f"1:{theirs.head}",
    ):
        (finding,) = town.read.verify(text).findings
        assert finding.where == f"receipt {text}"
        assert "not part of this history" in finding.problem


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3",
        "3:",
        ":abc",
        f"0:{HASH}",
        f"03:{HASH}",
        f"-3:{HASH}",
        f"3:{HASH[:7]}",
        f"3:{HASH}0",
        f"3:{HASH[1:]}g",
        f"3 :{HASH}",
        f"\N{ARABIC-INDIC DIGIT THREE}:{HASH}",
        f"{10**16}:{HASH}",
    ],
)
def test_what_is_no_receipt_is_refused(town, text):
    with pytest.raises(InvalidReceipt):
        town.read.verify(text)


def test_a_receipt_outlives_sealing_and_another_catalog(tmp_path):
    bank = bank_at(tmp_path / "store", lines_max=1)
    (opened,) = bank.create_wallets("alice")
    bought = [bank.recharge("alice", 100) for _ in range(4)]
    for receipt in (opened, *bought):
        assert bank.read.verify(f"{receipt.seq}:{receipt.head}").findings == ()


def test_a_receipt_is_asked_for_in_a_damaged_store_too(tmp_path):
    bank = bank_at(tmp_path / "store", lines_max=2)
    (first,) = bank.create_wallets("alice")
    receipts = [bank.recharge("alice", 100) for _ in range(4)]
    (tmp_path / "store/journal/000000000003.jsonl").unlink()
    without = bank.read.verify().findings
    assert without
    assert bank.read.verify(f"{first.seq}:{first.head}").findings == without
    assert bank.read.verify(f"5:{receipts[-1].head}").findings == without
    assert len(bank.read.verify(f"5:{first.head}").findings) == len(without) + 1


# -- time ----------------------------------------------------------------------------------------


def test_the_clock_is_looked_at_for_each_change(catalog):
    times = iter(datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3))
    bank = Bank(MemoryStore(), catalog, clock=lambda: next(times))
    (opened,) = bank.create_wallets("alice")
    assert opened.at.day == 1
    assert bank.recharge("alice", 100).at.day == 2
    assert bank.recharge("alice", 100, dry_run=True).at.day == 3


def test_the_time_is_that_of_the_computer_in_utc():
    assert utc_now().tzinfo is UTC
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_nobody_is_kept_waiting_while_close_names_are_looked_up(tmp_path):
    """Who reads while reading waits for a writer who waits for both."""
    bank = open_bank(tmp_path / "store")
    bank.create_wallets("alice")
    reading, depth = bank.store.reading, []

    @contextmanager
    def counted():
        with reading() as view:
            depth.append(1)
            assert len(depth) == 1
            try:
                yield view
            finally:
                depth.pop()

    bank.store.reading = counted
    for look in (bank.read.history, bank.read.wallet, bank.read.top):
        with pytest.raises(UnknownUser) as error:
            look("alic")
        assert error.value.close == ["alice"]


def test_a_refusal_that_is_an_answer_keeps_nothing_alive(bank):
    """Or else a long batch would keep each group that had a refusal in it."""
    bank.create_wallets("alice", "bob")
    too_dear = Gift("alice", "bob", "panda")
    for refusal in bank.apply_each([too_dear, Gift("alice", "bob", "panda", key="")]):
        assert isinstance(refusal, CoinsError)
        assert refusal.__traceback__ is None
        assert refusal.__context__ is None
