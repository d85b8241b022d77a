"""The read side: views of the journal and the wallets."""
