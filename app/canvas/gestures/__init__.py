"""What mouse and keys do: gestures, tools, menus, and the verbs they come to."""
