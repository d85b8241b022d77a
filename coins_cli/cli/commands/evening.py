"""A scripted evening: a live with gifts, thanks and a goal."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from coins_cli.bank import Bank
from coins_cli.cli.render.text import dollars
from coins_cli.cli.session import Session
from coins_cli.files.changes import Changes

CREATOR: Final = "bob"
TITLE: Final = "Give me 10,000 coins tonight!"
GOAL: Final = 10_000
"""The coins that a cash-out needs, and that the last gift completes."""
PURSES: Final = {"alice": 10_000, "carol": 5_000, "dora": 2_000, "erin": 500, "frank": 2_000}
"""The viewers, and the pack that each of them buys before."""
END_SECONDS: Final = 21.0


class Act(Struct, frozen=True):
    """A gift of the script, `seconds` after the start of the live."""

    seconds: float
    sender: str
    gift: str
    quantity: int = 1
    message: str | None = None


SCRIPT: Final = (
    Act(1.0, "erin", "panda", message="Hi Bob!"),
    Act(1.8, "erin", "panda"),
    Act(2.4, "erin", "panda", 3),
    Act(3.2, "frank", "love-bang"),
    Act(4.0, "alice", "rainbow-puke", 2, "What a voice!"),
    Act(4.8, "erin", "panda", 3),
    Act(5.5, "carol", "concert"),
    Act(6.2, "frank", "love-bang", 2),
    Act(7.0, "carol", "concert"),
    Act(7.8, "erin", "sun-cream", message="Louder, please"),
    Act(8.6, "dora", "sun-cream", 4, "All of us in the last row"),
    Act(9.3, "frank", "love-bang", 3),
    Act(10.0, "dora", "rainbow-puke"),
    Act(10.7, "dora", "rainbow-puke", 2),
    Act(11.5, "alice", "drama-queen", message="Encore!"),
    Act(12.8, "frank", "panda", 10),
    Act(13.4, "frank", "panda", 10),
    Act(14.0, "frank", "panda", 10),
    Act(15.0, "carol", "im-very-rich", message="For the whole class"),
    Act(16.0, "erin", "italian-hand", 2),
    Act(16.8, "alice", "rainbow-puke", 5),
    Act(17.8, "carol", "im-very-rich"),
    Act(18.6, "dora", "rainbow-puke", 3, "We are nearly there"),
    Act(19.4, "erin", "sun-cream", 2, "There!"),
)


class Evening:
    """Plays the script on a store of its own, in real time or as fast as possible.

    Its clock gives each act the same moment in every run.
    """

    def __init__(
        self,
        folder: Path,
        begin: datetime,
        new_id: str,
        changes: Changes | None = None,
        *,
        is_in_real_time: bool,
    ) -> None:
        from coins_cli.files.catalogs import default_catalog
        from coins_cli.opening import open_json_store

        self._begin = begin
        self._moment = 0.0
        self._is_in_real_time = is_in_real_time
        self._started = time.monotonic()
        self._acts = list(SCRIPT)
        store = open_json_store(folder, new_id=lambda: new_id, changes=changes)
        self.bank = Bank(store, default_catalog(), clock=self._clock)
        self.bank.create_wallets(CREATOR, *PURSES)
        for user, pack in PURSES.items():
            self.bank.recharge(user, pack)
        self.live = self.bank.start_live(CREATOR, title=TITLE).seq or 0

    def play(self) -> bool:
        """Do the next act if it is due; returns whether one was done."""
        due = self._due()
        if self._is_in_real_time and time.monotonic() - self._started < due:
            return False
        self._moment = due
        if self._acts:
            act = self._acts[0]
            self.bank.gift(
                act.sender, CREATOR, act.gift, quantity=act.quantity, message=act.message
            )
            del self._acts[0]  # Only now: until then the clock stops at the moment when it was due.
        else:
            self.bank.end_live(CREATOR)
        return True

    def _due(self) -> float:
        """Seconds from the start to the next act."""
        return self._acts[0].seconds if self._acts else END_SECONDS

    def _clock(self) -> datetime:
        """The time by the script; in real time it also passes between two acts."""
        passed = time.monotonic() - self._started if self._is_in_real_time else 0.0
        moment = max(self._moment, min(passed, self._due()))
        return self._begin + timedelta(seconds=moment)


def play_evening(
    session: Session, folder: Path, begin: datetime, new_id: str, changes: Changes
) -> None:
    """Play the evening in a new store in `folder`, and show it as `coins live watch` does."""
    from coins_cli.cli.commands.watch import is_drawn, show_live
    from coins_cli.views.broadcast import Broadcast

    evening = Evening(folder, begin, new_id, changes, is_in_real_time=is_drawn(session))
    broadcast = Broadcast(CREATOR, evening.live, goal=GOAL)
    has_words = not session.settings.json
    if has_words:
        session.say(
            f"The goal: {GOAL:,} coins. Then {CREATOR} can cash out, and not one coin earlier."
        )
    show_live(session, evening.bank, broadcast, first_seq=1, meanwhile=evening.play)
    if has_words:
        session.say(_result(evening.bank))


def _result(bank: Bank) -> str:
    """The earned coins after the evening, and the dollars that they bring."""
    wallet = bank.read.wallet(CREATOR)
    brings = dollars(bank.read.cash_out_preview(wallet).usd_cents)
    return f"{CREATOR} has {wallet.earned:,} earned coins, and can cash out {brings}."
