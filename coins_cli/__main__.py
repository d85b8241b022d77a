"""`python -m coins_cli` is `coins`."""

from coins_cli.cli.main import main

if __name__ == "__main__":
    main()
