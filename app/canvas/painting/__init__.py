"""How blocks, wires, buses and frames are drawn."""
