"""One file per neighbour: Microsoft's tokens in, Entra's tokens out, Graph, Tables, telemetry."""
