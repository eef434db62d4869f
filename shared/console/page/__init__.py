"""The check as a page: a value in, HTML out."""
