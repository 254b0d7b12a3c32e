"""The part of Skipwright that knows neural networks and knows no window.

A diagram is an immutable value; its types, problems, code and module are functions of it.
"""
