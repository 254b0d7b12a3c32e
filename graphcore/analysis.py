"""Types, weights and problems of a diagram: a function of the value, held beside it."""
