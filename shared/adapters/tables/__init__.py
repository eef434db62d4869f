"""Azure Table Storage, one module for each table."""
