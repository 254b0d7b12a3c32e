"""The canvas: a projection of the shown block, and the gestures that edit it."""
