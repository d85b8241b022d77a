"""The read side: what the journal and the wallets say, without changing them."""
