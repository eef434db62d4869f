"""Who proves what: Entra, the managed identity, and the keys that sign notifications."""
