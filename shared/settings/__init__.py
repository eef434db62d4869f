"""The app's settings: their names, and how the text of each is read."""
