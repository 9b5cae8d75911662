"""Rushes: a library of video as a time-coded, searchable index. Never imports dagster."""

__version__ = "0.1.0"
