"""The window of Skipwright: everything that knows Qt, and nothing that knows torch."""
