"""Where transactions are kept. This package alone touches files."""
