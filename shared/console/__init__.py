"""What people ask of the app: what is wrong, who rings now, who would ring."""
