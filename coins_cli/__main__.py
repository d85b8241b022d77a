"""`python -m coins_cli` is `coins`."""

import os


def main() -> None:
    """Run the command line, or answer a shell that completes one."""
    if "COINS_COMPLETE" in os.environ:
        from coins_cli.cli.completing import main as run
    else:
        from coins_cli.cli.main import main as run
    run()


if __name__ == "__main__":
    main()
