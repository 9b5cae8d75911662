"""Vectors in Postgres: embeddings in commit order, and the cache of what models embedded."""
