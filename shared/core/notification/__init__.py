"""What Microsoft tells of calls."""
