"""Files outside of a store: inputs and outputs that people name, and interruptions by Ctrl-C."""
