"""What operators run on the rows and records of a real installation: `python -m tools.who`, check, tables, recover."""
