"""Text models that a service runs: calls that keep to its limits, and credentials that last."""
