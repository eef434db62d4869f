"""The one record of a call, and how it moves forward."""
