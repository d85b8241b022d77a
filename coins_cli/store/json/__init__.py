"""A store in a folder: an append-only journal, and files derived from it."""
