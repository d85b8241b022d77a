"""Reports to look at: one page that a browser shows, without a network and without scripts."""
