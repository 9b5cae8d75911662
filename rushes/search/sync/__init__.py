"""Keeps the search index equal to Postgres: queue, ledger, worker, purge and reconciliation."""
