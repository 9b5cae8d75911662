"""The faces stage: faces in the sampled frames, how good they are, and a vector of each."""
