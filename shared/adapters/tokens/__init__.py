"""Tokens for Graph and for the tables: fetched, kept, renewed."""
