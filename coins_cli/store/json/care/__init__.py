"""Care of a store: verify, repair, backup, restore, doctor, and recovery from crashes."""
