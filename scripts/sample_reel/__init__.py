"""How the sample film is cut together, and what is known about it."""
