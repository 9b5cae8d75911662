"""What a process searches: a generation, what came since, and what went."""
