"""What happens to one call: claim, decide, redirect, record; and how its end is recorded."""
