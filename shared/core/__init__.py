"""Values in, values out: no clock, network, environment or logging."""
