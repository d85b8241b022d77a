"""Values, rules and quotes of the economy, without a clock, a disk or a terminal."""
