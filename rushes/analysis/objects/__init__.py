"""The objects stage: what things are in the sampled frames."""
