"""The log: every operation is on disk here before it is acknowledged."""
