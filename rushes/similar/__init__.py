"""Search by meaning and likeness: from a text, a picture, an artifact or a face to moments."""
