"""How the neighbours are reached: their faults, what they have seen, and the control endpoints."""
