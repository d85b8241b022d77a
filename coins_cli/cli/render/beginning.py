"""What `coins` alone prints: what it is, the first commands, and where the rest is."""

from typing import Final

FIRST_COMMANDS: Final = {
    "coins demo": "the whole story, step by step",
    "coins wallet create alice bob": "two people get a wallet",
    "coins recharge alice 500": "alice buys 500 coins",
    "coins gift alice bob panda": "alice sends bob a gift",
    "coins balance bob": "what bob has now",
}
REST: Final = {
    "coins --help": "all commands",
    "coins help gift": "one of them, with examples",
}


def beginning() -> str:
    """The first screen, in lines of at most 80 columns."""
    return "\n".join(
        [
            "coins plays the coin economy of a short-video platform on this computer.",
            "No real money, no real coins, no connection to any platform.",
            "",
            "Begin with:",
            *_rows(FIRST_COMMANDS),
            "",
            "More:",
            *_rows(REST),
        ]
    )


def _rows(commands: dict[str, str]) -> list[str]:
    width = max(map(len, (*FIRST_COMMANDS, *REST)))
    return [f"  {command:<{width}}  {about}" for command, about in commands.items()]
