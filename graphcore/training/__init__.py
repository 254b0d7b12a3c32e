"""Training: recipes, data, runs and their events."""
