"""Quickwit's query language: text to a tree, and the tree to a query of tantivy."""
