"""Statements: opening plus lines is closing, whatever happened, and it fits a page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len

from coins_cli.bank import Bank
from coins_cli.cli.render.statement_page import PAGE_COLUMNS, PAGE_LINES, page
from coins_cli.errors import CoinsError, EmptyPeriod, InvalidMoment, UnknownUser
from coins_cli.model.operations.cashout import CashOut
from coins_cli.model.operations.payout import ReturnPayout, SettlePayout
from coins_cli.model.operations.reverse import Reverse
from coins_cli.model.periods import Period, parse_period
from coins_cli.store.memory import MemoryStore
from coins_cli.views.statements import (
    Holding,
    Line,
    Statement,
    fitted,
    statement,
    statements,
)
from tests.store.economies import START
from tests.store.stories import BUSY_CATALOG, USERS, beginning, intents

DAY = timedelta(days=1)


class Told:
    """A clock that shows what it was told."""

    def __init__(self):
        self.at = datetime(2026, 3, 1, 9, tzinfo=UTC)

    def __call__(self):
        return self.at


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def march(catalog, told):
    """A week in March: alice buys, bob is given, cashes out, and a gift is taken back."""
    bank = Bank(MemoryStore(), catalog, clock=told)
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 10_000)
    told.at += DAY
    bank.recharge("alice", 100, quantity=2)
    bank.gift("alice", "bob", "drama queen", quantity=2)
    told.at += DAY
    bank.cash_out("bob", "bob@example.com", coins=9_000, pending=True)
    bank.settle_payout(6)
    bank.gift("alice", "bob", "panda", quantity=3)
    bank.reverse(8, "a slip")
    told.at += DAY
    bank.recharge("bob", 500)
    bank.promote("bob", "dance.mp4", days=1)
    return bank


def amounts(thing):
    return (thing.coins, thing.earned, thing.held)


def in_short(one):
    return [(line.seq, line.what, *amounts(line)) for line in one.lines]


def added_up(opening, lines):
    return tuple(map(sum, zip(amounts(opening), *map(amounts, lines), strict=True)))


# -- what stands on it ---------------------------------------------------------------------------


def test_every_transaction_that_moved_coins_is_a_line_in_short_words(march):
    assert in_short(march.read.statement("alice")) == [
        (3, "bought 10,000 coins for $134.99", 10_000, 0, 0),
        (4, "bought 2 × 100 coins for $2.58", 200, 0, 0),
        (5, "2 × Drama queen to bob", -10_000, 0, 0),
        (8, "3 × Panda to bob", -15, 0, 0),
        (9, "reversed 8: 3 × Panda to bob", 15, 0, 0),
    ]
    assert in_short(march.read.statement("bob")) == [
        (5, "2 × Drama queen from alice", 0, 10_000, 0),
        (6, "asked for $90.00 to bob@example.com", 0, -9_000, 9_000),
        (7, "payout 6 paid: $90.00 to bob@example.com", 0, 0, -9_000),
        (8, "3 × Panda from alice", 0, 15, 0),
        (9, "reversed 8: 3 × Panda from alice", 0, -15, 0),
        (10, "bought 500 coins for $6.49", 500, 0, 0),
        (11, "promoted dance.mp4 for 1 day", -500, 0, 0),
    ]


def test_payouts_that_come_back_and_whatever_is_reversed_are_named_too(march):
    march.recharge("alice", 10_000)
    march.gift("alice", "bob", "drama queen", quantity=2)
    march.cash_out("bob", "b@example.com", coins=10_000, pending=True)
    march.return_payout(14, "no such account")
    march.cash_out("bob", "b@example.com", coins=10_000)
    march.reverse(16, "too soon")
    march.reverse(11, "no views")
    march.reverse(10, "the wrong pack")
    assert in_short(march.read.statement("bob"))[8:] == [
        (14, "asked for $100.00 to b@example.com", 0, -10_000, 10_000),
        (15, "payout 14 returned: no such account", 0, 10_000, -10_000),
        (16, "cashed out $100.00 to b@example.com", 0, -10_000, 0),
        (17, "reversed 16: payout to b@example.com", 0, 10_000, 0),
        (18, "reversed 11: promotion of dance.mp4", 500, 0, 0),
        (19, "reversed 10: a recharge", -500, 0, 0),
    ]


def test_opening_wallets_and_lives_move_nothing_and_are_no_lines(march):
    march.start_live("bob")
    march.end_live("bob")
    assert [line.op for line in march.read.statement("bob").lines][-1] == "promote"


def test_a_gift_of_which_the_creator_gets_nothing_is_a_line_all_the_same(catalog, told):
    bank = Bank(MemoryStore(), replace(catalog, creator_share=Decimal("0.1")), clock=told)
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 100)
    bank.gift("alice", "bob", "panda")
    assert in_short(bank.read.statement("bob")) == [(4, "1 × Panda from alice", 0, 0, 0)]


def test_a_statement_says_whose_it_is(march):
    march.create_wallets("dora", name="Dora the Dancer")
    one = march.read.statement("DORA")
    assert (one.user, one.name, one.lines) == ("dora", "Dora the Dancer", [])
    assert one.opening == one.closing == Holding()


def test_an_unknown_user_has_none_and_close_names_are_offered(march):
    with pytest.raises(UnknownUser) as raised:
        march.read.statement("alise")
    assert raised.value.close == ["alice"]


# -- periods -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "opening", "lines", "closing"),
    [
        (None, None, 0, [3, 4, 5, 8, 9], 200),
        ("2026-03-02", None, 10_000, [4, 5, 8, 9], 200),
        ("2026-03-02T09:00", "2026-03-02T09:00", 10_000, [4, 5], 200),
        ("2026-03-02T09:00:01", "2026-03-03T08:59:59", 200, [], 200),
        (None, "2026-03-01", 0, [3], 10_000),
        (None, "2026-03-01T08:59", 0, [], 0),
        (None, "20260302", 0, [3, 4, 5], 200),
        ("2026-03-02", "2026-03-02", 10_000, [4, 5], 200),
        ("2026-03-02T10:00+02:00", "2026-03-02T10:00+01:00", 10_000, [4, 5], 200),
        ("2027-01-01", None, 200, [], 200),
        ("2025-01-01", "2025-12-31", 0, [], 0),
    ],
)
def test_a_period_has_both_its_ends_in_it(march, since, until, opening, lines, closing):
    one = march.read.statement("alice", since=since, until=until)
    assert one.opening == Holding(opening)
    assert [line.seq for line in one.lines] == lines
    assert one.closing == Holding(closing)
    assert march.read.statements(since=since, until=until)[0] == one


def test_a_day_as_the_end_is_meant_to_its_last_moment():
    end = datetime(2026, 3, 1, 23, 59, 59, 999_999, tzinfo=UTC)
    assert parse_period(None, "2026-03-01") == Period(None, end)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    assert parse_period("2026-03-01", "2026-03-01T00:00") == Period(start, start)
    assert parse_period(None, "9999-12-31").until.year == 9999


def test_a_period_must_be_of_moments_and_must_not_end_before_it_begins(march):
    with pytest.raises(EmptyPeriod) as raised:
        march.read.statement("alice", since="2026-03-02", until="2026-03-01")
    assert raised.value.fields == {"since": "2026-03-02", "until": "2026-03-01"}
    for wrong in ({"since": "yesterday"}, {"until": ""}, {"until": "2026-02-30"}):
        with pytest.raises(InvalidMoment):
            march.read.statements(**wrong)


# -- it adds up ----------------------------------------------------------------------------------

pending = st.sampled_from([CashOut(user, "p@example.com", 3, pending=True) for user in USERS])
endings = st.integers(1, 30).flatmap(
    lambda seq: st.sampled_from(
        [Reverse(seq, "slip"), SettlePayout(seq), ReturnPayout(seq, "bounced")]
    )
)
moves = st.one_of(intents, intents, pending, endings)
hours = st.integers(0, 30)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(moves, hours), max_size=25), hours, st.integers(0, 300))
def test_every_statement_adds_up_from_and_to_what_was_held_then(story, since, lasting):
    clock = Told()
    bank = Bank(MemoryStore(), BUSY_CATALOG, clock=clock)
    clock.at = START
    bank.apply_all(beginning().intents)
    for move, later in story:
        clock.at += timedelta(hours=later)
        try:
            bank.apply_all([move])
        except CoinsError:
            continue
    first = START + timedelta(hours=since)
    period = Period(first, first + timedelta(hours=lasting))
    with bank.store.reading() as view:
        for bounds in (Period(), period, Period(until=period.until), Period(since=period.since)):
            assert statements(view, bounds) == [statement(view, user, bounds) for user in USERS]
            for one in statements(view, bounds):
                check(view, one)


def check(view, one):
    """The statement is what the journal's after-images say, on the page and in full."""
    held = Holding()
    period = one.period
    within = []
    opening = held
    for entry in view.entries():
        mine = [wallet for wallet in entry.transaction.wallets if wallet.user == one.user]
        if not mine or (period.until is not None and entry.transaction.at > period.until):
            continue
        held = Holding(mine[0].coins, mine[0].earned, mine[0].held)
        if period.since is not None and entry.transaction.at < period.since:
            opening = held
        elif entry.transaction.moves:
            within.append(entry.seq)
    assert (one.opening, one.closing) == (opening, held)
    assert [line.seq for line in one.lines] == within
    assert added_up(one.opening, one.lines) == amounts(one.closing)
    for most in (2, 3, 5, 100):
        short = fitted(one.lines, most)
        assert len(short) <= most
        assert added_up(one.opening, short) == amounts(one.closing)


# -- a page --------------------------------------------------------------------------------------


def line(seq, what="1 × Panda to bob", *, day=1, sort=("gift to bob", "gifts to bob"), count=1):
    at = datetime(2026, 3, day, 12, tzinfo=UTC)
    return Line(seq, at, "gift", what, -5 * count, 0, 0, sort, "bob", count)


def shortened(lines, most):
    return [(one.day and one.day.day, one.seq, one.what, one.coins) for one in fitted(lines, most)]


def test_what_fits_stands_as_it_is():
    lines = [line(seq) for seq in range(1, 6)]
    assert [one.seq for one in fitted(lines, 5)] == [1, 2, 3, 4, 5]
    assert fitted([], 5) == []


def test_what_does_not_fit_is_summed_up_by_day_and_kind_from_the_oldest_on():
    lines = [line(seq, day=seq // 4 + 1, count=2) for seq in range(1, 10)]
    assert shortened(lines, 5) == [
        (1, None, "6 gifts to bob", -30),
        (2, None, "6 gifts to bob", -30),
        (2, 7, "1 × Panda to bob", -10),
        (3, 8, "1 × Panda to bob", -10),
        (3, 9, "1 × Panda to bob", -10),
    ]


def test_one_of_its_kind_keeps_its_words_and_its_number():
    lines = [line(1, day=1), *[line(seq, day=2) for seq in range(2, 9)]]
    assert shortened(lines, 2) == [
        (1, 1, "1 × Panda to bob", -5),
        (2, None, "7 gifts to bob", -35),
    ]


def test_what_is_still_too_much_becomes_one_line():
    lines = [line(seq, day=seq) for seq in range(1, 21)]
    assert shortened(lines, 3) == [
        (None, None, "18 earlier transactions", -90),
        (19, 19, "1 × Panda to bob", -5),
        (20, 20, "1 × Panda to bob", -5),
    ]


def test_reversals_are_never_summed_up_by_day(march):
    for _ in range(4):
        seq = march.gift("alice", "bob", "panda").seq
        march.reverse(seq, "again")
    lines = march.read.statement("alice").lines
    short = fitted(lines, 10)
    assert len(short) == 10
    assert sum(one.what.startswith("reversed ") for one in short) == 5


def test_a_page_has_so_many_lines_and_columns_and_no_more(march, told):
    march.create_wallets("carol", name="クジラ" * 16)
    march.recharge("carol", 10_000, quantity=1)
    for number in range(60):
        told.at += timedelta(hours=3)
        march.gift("carol", "alice", "panda", quantity=number % 3 + 1)
        if number % 20 == 0:
            march.promote("carol", "クジラ🐳\x1b[31m\u202e" * 8, days=1)
    for user in ("alice", "bob", "carol"):
        shown = page(march.read.statement(user))
        assert len(shown) <= PAGE_LINES
        assert all(one.isprintable() for one in shown)
        assert all(cell_len(one) <= PAGE_COLUMNS for one in shown)
        assert not any("…" in one for one in shown)
        assert len(shown) > PAGE_LINES - 10 or user == "bob"
    assert "promoted" in "\n".join(page(march.read.statement("carol")))


def test_even_balances_that_are_as_large_as_can_be_leave_room_to_say_what_it_was():
    huge = Holding(2**53 - 1, 2**53 - 1, 0)
    one = Statement("ann", None, Period(), huge, [line(9_999_999)], huge)
    assert all(cell_len(text) <= PAGE_COLUMNS for text in page(one))
    assert "1 × Panda" in "\n".join(page(one))
