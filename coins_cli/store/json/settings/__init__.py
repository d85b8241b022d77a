"""Settings of one economy: its clock and its catalog, and their checks."""
