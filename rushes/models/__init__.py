"""Model weights: where they come from, whether they are here, and that they are unharmed."""
