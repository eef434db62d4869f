"""The package behind the function app."""
