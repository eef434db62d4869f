"""A call that nobody answered, and what is said of it to somebody who can call back."""
