"""Search by words and by meaning at once."""
