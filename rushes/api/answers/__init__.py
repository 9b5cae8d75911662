"""What the HTTP API answers, a module a group of routes."""
