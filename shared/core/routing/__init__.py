"""Who rings for a call."""
