"""Files derived from the journal: wallet files, indexes, checkpoints, `head.json`."""
