"""Weights as files: reading them safely, what of them fits a network, and what was taken."""
