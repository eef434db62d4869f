"""One room for each neighbour: Microsoft's keys, Entra's tokens, Graph, Tables, telemetry, the clock."""
