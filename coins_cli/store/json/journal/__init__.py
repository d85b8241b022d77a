"""The journal: lines, segments, the commit point, sealing, and following new lines."""
