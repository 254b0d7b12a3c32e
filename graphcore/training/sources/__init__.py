"""Where data comes from, a kind of source a file; :mod:`graphcore.training.datasets` lists them."""
