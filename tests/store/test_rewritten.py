"""Journals that a careful stranger rewrote: an audit finds what the rules would not have done.

Any field of any line is changed and every hash, place, wallet file, header and index line after it
made right, so that only deciding each line again can tell.
"""

from random import Random

import pytest

from coins_cli.errors import InvalidArchive, StoreDamaged
from tests.store.economies import bank_at, new_folder, store_at
from tests.store.journals import contents, restore
from tests.store.mutations import decided, one_line_changed, tell_story
from tests.store.rewriting import rewrite, transactions

SEGMENT_LINES = 8
ROUNDS, A_ROUND = 8, 500


def told(folder):
    bank = bank_at(folder, lines_max=SEGMENT_LINES, new_id=lambda: "the store")
    tell_story(bank)
    assert bank.read.verify().findings == ()


@pytest.fixture(scope="module")
def story():
    with new_folder() as folder:
        told(folder)
        yield folder, contents(folder), transactions(folder)


@pytest.mark.parametrize("settle", [False, True])
def test_a_store_that_is_rewritten_as_it_was_is_the_same_to_the_byte(story, settle):
    folder, before, _ = story
    rewrite(folder, lambda number, says: None, settle=settle)
    assert contents(folder) == before


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_an_audit_finds_a_rewritten_line_or_all_that_was_decided_is_the_same(story, seed):
    folder, before, lines = story
    random, found = Random(seed), 0
    for _ in range(A_ROUND):
        number, at, settle = random.randint(1, len(lines)), random.random(), random.random() < 0.4
        change, done = one_line_changed(number, at)
        rewrite(folder, change, settle=settle)
        findings = bank_at(folder).read.verify().findings
        found += bool(findings)
        if not findings:
            now = transactions(folder)
            assert list(map(decided, now)) == list(map(decided, lines)), (number, done)
        restore(folder, before)
    assert found > A_ROUND / 2


# -- forgeries that add up -----------------------------------------------------------------------


def scaled(says, times):
    """Every amount that a line says it came to, and every move, so many times."""
    for name in ("coins", "earned", "diamonds", "usd_cents", "views"):
        if name in says:
            says[name] *= times
    says["moves"] = [[source, to, amount * times] for source, to, amount in says["moves"]]


def another_payee(says):
    says["request"]["paypal"] = "mallory@example.com"


def payee_of_the_ending(says):
    says["about"]["paypal"] = "mallory@example.com"
    says["moves"][-1][1] = "world/paypal/mallory@example.com"


def more_dollars(says):
    says["usd_cents"] += 100
    says["moves"][-1][2] += 100


def setting(**changes):
    return lambda says: says.update(changes)


def asking(**changes):
    return lambda says: says["request"].update(changes)


def telling(**changes):
    return lambda says: says["about"].update(changes)


RECHARGE, LIVE_GIFT, GIFT, TO_CAROL, BY_COINS, BY_USD, LEAST = 4, 6, 7, 8, 10, 11, 12
HELD, RETURNED, PAID, REVERSAL = 15, 16, 18, 20
NOT_SO = "is not what the rules decide"
REFUSED = "the rules would not do it"
FORGERIES = {
    "twice the coins for the price": (RECHARGE, lambda says: scaled(says, 2), NOT_SO),
    "coins without a price": (RECHARGE, lambda says: says.pop("usd_cents"), NOT_SO),
    "another pack": (RECHARGE, asking(pack="5000"), NOT_SO),
    "a pack that there is not": (RECHARGE, asking(pack="7"), REFUSED),
    "another quantity": (GIFT, asking(quantity=7), NOT_SO),
    "no quantity": (GIFT, asking(quantity=0), NOT_SO),
    "a quantity below zero": (GIFT, asking(quantity=-2), ""),
    "a vast quantity": (GIFT, asking(quantity=10**30), REFUSED),
    "another gift": (GIFT, asking(gift="concert"), NOT_SO),
    "the id of another gift": (GIFT, setting(gift="concert"), NOT_SO),
    "a gift that there is not": (GIFT, asking(gift="rose"), REFUSED),
    "a sum of no move": (GIFT, setting(coins=10**6), NOT_SO),
    "a gift to herself": (GIFT, asking(to="alice"), REFUSED),
    "a gift from somebody else": (GIFT, asking(**{"from": "carol"}), REFUSED),
    "a live gift among the comments": (LIVE_GIFT, setting(venue="comments"), NOT_SO),
    "a gift on no live": (TO_CAROL, setting(venue="live"), NOT_SO),
    "a gift asked for on no live": (TO_CAROL, asking(venue="live", video=None), REFUSED),
    "a venue of nowhere": (TO_CAROL, lambda says: says.pop("venue"), NOT_SO),
    "a promotion of more views": (BY_COINS, setting(views=10**6), NOT_SO),
    "a promotion of more days than its coins pay": (BY_COINS, asking(days=2), REFUSED),
    "a promotion for other dollars": (BY_USD, asking(usd_cents=700), NOT_SO),
    "a promotion of dollars in two ways": (BY_USD, setting(usd_cents=700), NOT_SO),
    "a promotion below its least": (LEAST, asking(coins=499), REFUSED),
    "dollars of no diamond": (HELD, setting(usd_cents=1), NOT_SO),
    "a payout that is said to be pending and is not": (
        HELD,
        lambda says: says["request"].pop("pending"),
        NOT_SO,
    ),
    "a payout of more than was earned": (HELD, asking(coins=10**9), REFUSED),
    "a payout to somebody else": (PAID, payee_of_the_ending, NOT_SO),
    "a payout of more dollars": (PAID, more_dollars, NOT_SO),
    "a payout that another payout paid": (PAID, asking(payout=15), "which 16 ended before"),
    "a payout of what was none": (PAID, asking(payout=4), REFUSED),
    "a return of nobody's": (RETURNED, lambda says: says.pop("about"), "does not say what it ends"),
    "a return of somebody else's": (RETURNED, telling(user="carol"), NOT_SO),
    "a return with more to tell": (RETURNED, telling(op="cashout"), NOT_SO),
    "a reversal of what was not": (REVERSAL, telling(quantity=3), NOT_SO),
    "a reversal of another gift": (REVERSAL, telling(gift="panda"), NOT_SO),
    "a reversal of another transaction": (REVERSAL, asking(reverses=7), NOT_SO),
    "a reversal of itself": (REVERSAL, asking(reverses=20), REFUSED),
    "a reversal of what comes later": (REVERSAL, asking(reverses=23), REFUSED),
    "a reversal that tells nothing": (
        REVERSAL,
        lambda says: says.pop("about"),
        "does not say what it ends",
    ),
    "a reversal of an operation that cannot be undone": (
        REVERSAL,
        telling(op="open"),
        "does not say what it ends",
    ),
    "a reversal of so many texts": (
        REVERSAL,
        telling(quantity="1"),
        "does not say what it ends",
    ),
    "a gift that says what it ends": (
        GIFT,
        setting(about={"op": "gift"}),
        "does not say what it ends",
    ),
    "an opening under another name": (
        3,
        lambda says: says["wallets"][0].update(name="Mallory"),
        NOT_SO,
    ),
    "a live that began at another time": (
        5,
        lambda says: says["wallets"][0].update(live_since="2026-01-01T00:00:00Z"),
        NOT_SO,
    ),
    "a line before it that did not touch the wallet": (GIFT, setting(before=[6, 5]), ""),
    "a key that was used before": (GIFT, asking(key="first coins"), "its key was used"),
    "a key that was used by a later line": (13, asking(key="two pandas"), "its key was used"),
    "the key of a line in another segment": (23, asking(key="first coins"), "its key was used"),
}
"""Rewritten lines of which hashes, balances and totals are right: what an audit says of each."""


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_line_that_contradicts_itself_is_found_though_all_hashes_and_balances_are_right(
    story, forgery
):
    folder, before, _ = story
    number, change, words = FORGERIES[forgery]
    rewrite(folder, lambda at, says: at == number and change(says), settle=True)
    findings = bank_at(folder).read.verify().findings
    restore(folder, before)
    about = [one.problem for one in findings if one.where.endswith(f"transaction {number}")]
    if words in (NOT_SO, REFUSED):
        assert any(words in problem for problem in about), findings
    else:
        assert any(words in one.problem for one in findings), findings


def dearer(catalog):
    catalog["gifts"]["panda"]["coins"] = 6


def of_another_id(catalog):
    catalog["gifts"]["panda"]["id"] = "concert"


def set_in(*path, to):
    def change(catalog):
        for name in path[:-1]:
            catalog = catalog[name]
        catalog[path[-1]] = to

    return change


PRICES = {
    "dearer pandas": dearer,
    "a gift under another id": of_another_id,
    "a pack under another id": set_in("packs", "500", "id", to="100"),
    "a pack for nothing": set_in("packs", "500", "usd_cents", to=0),
    "a pack that costs less than nothing": set_in("packs", "500", "usd_cents", to=-649),
    "a pack of nothing": set_in("packs", "500", "coins", to=0),
    "a gift for nothing": set_in("gifts", "panda", "coins", to=0),
    "a vast gift": set_in("gifts", "panda", "coins", to=10**30),
    "a share that is no number": set_in("creator_share", to="NaN"),
    "a share without end": set_in("creator_share", to="Infinity"),
    "a share of more than all": set_in("creator_share", to="1.5"),
    "a share below zero": set_in("creator_share", to="-1"),
    "a rate with a billion digits": set_in("cash_out", "usd_per_diamond", to="1E+999999999"),
    "a rate of almost nothing": set_in("promotion", "views_per_coin", to="1E-999999999"),
    "no views for a coin": set_in("promotion", "views_per_coin", to="0"),
    "promotions on no line": set_in("promotion", "usd_cents_max", to=500),
    "a threshold below zero": set_in("cash_out", "threshold", to=-1),
}
IMPOSSIBLE = set(PRICES) - {"dearer pandas"}


@pytest.mark.parametrize("which", [0, -1])
@pytest.mark.parametrize("forged", PRICES)
def test_forged_prices_in_a_header_are_found_and_impossible_ones_are_not_used(story, forged, which):
    folder, before, _ = story
    first = sorted(name for name in before if name.startswith("journal/"))[which]

    def header(says):
        if f"{says['first']:012}" in first:
            PRICES[forged](says["catalog"])

    rewrite(folder, lambda number, says: None, header=header)
    findings = bank_at(folder).read.verify().findings
    shown = flows_of(folder)
    restore(folder, before)
    if forged in IMPOSSIBLE:
        assert any(one.where == first and "prices" in one.problem for one in findings), findings
        assert isinstance(shown, StoreDamaged)
    else:
        assert findings or which == -1


def flows_of(folder):
    """The flows of money, or why they are refused."""
    try:
        return bank_at(folder).read.flows()
    except StoreDamaged as refusal:
        return refusal


def test_a_forged_line_is_not_restored_and_not_shown(story, tmp_path):
    folder, before, _ = story
    bank_at(folder).store.backup(str(tmp_path / "true"))
    rewrite(folder, lambda at, says: at == RETURNED and says.pop("about"))
    bank_at(folder).store.backup(str(tmp_path / "forged"))
    with pytest.raises(StoreDamaged, match="does not say what it ends"):
        bank_at(folder).read.history("bob", limit=100)
    restore(folder, before)
    with pytest.raises(InvalidArchive):
        store_at(tmp_path / "store").restore(str(tmp_path / "forged"))
    store_at(tmp_path / "store").restore(str(tmp_path / "true"))


def test_a_line_that_says_the_same_in_other_bytes_is_found(story):
    folder, before, _ = story
    rewrite(folder, lambda at, says: at == GIFT and says.update(diamonds=None))
    (finding,) = bank_at(folder).read.verify().findings
    restore(folder, before)
    assert finding.where.endswith(f"transaction {GIFT}")
    assert finding.problem == "it is not written as the program writes lines"


def test_a_time_of_another_zone_is_found(story):
    """It would be told as it is written, and belong to another day."""
    folder, before, lines = story
    later = lines[GIFT - 1]["at"].replace("T09", "T10").replace("Z", "+01:00")
    rewrite(folder, lambda at, says: at == GIFT and says.update(at=later))
    findings = bank_at(folder).read.verify().findings
    restore(folder, before)
    assert any("its time is not in UTC" in one.problem for one in findings), findings


def test_what_would_take_more_than_a_forged_line_left_is_refused(tmp_path):
    """The rules count on what was held; nothing else may come of it than a refusal by name."""
    bank = bank_at(tmp_path / "store")
    bank.create_wallets("alice", "bob")
    bank.recharge("alice", 10_000)
    bank.gift("alice", "bob", "drama queen", quantity=2)
    payout = bank.cash_out("bob", "bob@example.com", coins=4_000, pending=True)

    def change(at, says):
        if at == payout.seq:
            says["wallets"][0]["held"] = 1

    rewrite(tmp_path / "store", change)
    for is_dry in (True, False):
        with pytest.raises(StoreDamaged, match="bob/held would be"):
            bank_at(tmp_path / "store").settle_payout(payout.seq, dry_run=is_dry)
