"""The index template for Quickwit, and an embedded search node that speaks its HTTP API."""
