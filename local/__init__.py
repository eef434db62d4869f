"""The local world: never deployed."""
