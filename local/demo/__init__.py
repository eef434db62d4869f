"""All of it on this machine: the app, the simulated Microsoft and a table server, with calls to watch."""
