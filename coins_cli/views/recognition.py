"""Recognition: the more a viewer has given a creator, the higher the viewer stands."""

from msgspec import Struct

from coins_cli.errors import UnknownUser
from coins_cli.model.requests import Gift
from coins_cli.store.protocol import View


class Supporter(Struct, frozen=True):
    """A viewer's place on a creator's ladder. `gifts` counts each gift of a combo."""

    rank: int
    user: str
    coins: int
    gifts: int


def supporters(view: View, creator: str) -> list[Supporter]:
    """The ladder of those who gave to `creator`, by coins; ties go to who came first.

    Walks the creator's own history. Raises `UnknownUser`.
    """
    if view.wallet(creator) is None:
        raise UnknownUser(creator)
    given: dict[str, tuple[int, int, int]] = {}
    for entry in view.history(creator):
        request = entry.transaction.request
        if isinstance(request, Gift) and request.creator == creator:
            coins, gifts, _ = given.get(request.sender, (0, 0, 0))
            coins += entry.transaction.outcome.coins or 0
            given[request.sender] = (coins, gifts + request.quantity, entry.seq)
    ladder = sorted(given.items(), key=lambda item: (-item[1][0], item[1][2]))
    return [
        Supporter(rank, user, coins, gifts)
        for rank, (user, (coins, gifts, _)) in enumerate(ladder, start=1)
    ]
