"""Stores: the journal of transactions and the wallets derived from it, in a folder or in memory."""
