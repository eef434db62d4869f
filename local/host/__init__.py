"""The Azure Functions host for this machine, in front of Microsoft's own worker library."""
