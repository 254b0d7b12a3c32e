"""What a run begins with: recipe, data, weights, trust."""
