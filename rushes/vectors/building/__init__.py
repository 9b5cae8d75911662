"""Makes generations: rows of Postgres into an index of a measured type."""
