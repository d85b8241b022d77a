"""The disk: file operations, locks, durability, and trust in folders."""
