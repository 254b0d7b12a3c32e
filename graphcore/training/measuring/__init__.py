"""What a run measures of itself: gradients, edges, updates, time, memory; and the files of it."""
