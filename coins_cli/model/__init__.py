"""The economy itself: values, rules and quotes, without a clock, a disk or a terminal."""
