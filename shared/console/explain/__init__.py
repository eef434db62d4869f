"""The answers to people's questions, as values."""
