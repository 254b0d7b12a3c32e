"""Training, seen from the window: the child processes, their run folders, and the views."""
