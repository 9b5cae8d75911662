"""Generations of the search index: made, filled beside one another, promoted, dropped.

A library reads one generation. A new one is filled beside it, and takes over in one update of the
library's policy; the old one is written on for a while, so that it can be gone back to.
"""
