"""The processes that train, as the window sees them."""
