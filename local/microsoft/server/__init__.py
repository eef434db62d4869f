"""How the neighbours are reached: their faults and what they have seen, the control endpoints, TLS on loopback."""
