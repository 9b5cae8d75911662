"""The routes of the HTTP API, a module a group: each makes its router over a context."""
