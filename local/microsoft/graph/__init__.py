"""Graph as far as a ringing call needs it."""
