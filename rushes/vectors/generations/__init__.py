"""Immutable files of one space's vectors: written whole, verified, published by one name."""
