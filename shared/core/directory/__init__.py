"""What people wrote in the tables, read and checked."""
