"""The journal in the formats of other programs: spreadsheets, and plain-text accounting."""
