"""Where data comes from, a kind of source a file; :mod:`..datasets` lists them."""
