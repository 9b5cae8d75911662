"""Quickwit, or the embedded node that speaks like it: client, index template, connection."""
