"""Text on screen: which frames are read, what is read in them, and how long each line stands."""
