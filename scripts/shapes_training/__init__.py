"""How the bundled shapes detector is made: generated pictures, network, losses, export."""
