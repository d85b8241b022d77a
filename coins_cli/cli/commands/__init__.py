"""One module for each family of commands; the table in `coins_cli.cli.app` names them."""
