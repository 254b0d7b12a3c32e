"""Where everything stands: blocks, ports, wires, and what moves aside."""
