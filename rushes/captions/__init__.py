"""Captions that lie beside films: found, read and cut into cues. Nothing here writes."""
