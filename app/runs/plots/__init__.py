"""The pictures of a run: curves, heat map, profile, shares of the shortcuts, and their keys."""
