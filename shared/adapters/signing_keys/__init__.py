"""Microsoft's signing keys: fetched, kept, and asked for the key of a token."""
