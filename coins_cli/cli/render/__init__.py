"""The rendering of answers: words, tables, bars, screens."""
