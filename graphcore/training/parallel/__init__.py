"""One run on several devices: its processes, and what they agree on."""
