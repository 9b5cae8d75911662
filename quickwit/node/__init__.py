"""The embedded search node: the calls of Quickwit that Rushes makes, in one process on tantivy.

Imports nothing of the rest of the project, so that it can be run, tested and replaced alone.
"""
