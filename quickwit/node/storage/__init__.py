"""Indexes on disk: tantivy for search, a log for what is not committed yet."""
