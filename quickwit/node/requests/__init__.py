"""Requests read and checked: bodies, parameters, limits."""
