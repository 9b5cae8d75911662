"""What a person asks: from a text to a tree, and from the tree to the words of each engine."""
