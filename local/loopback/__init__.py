"""HTTP/1.1 on this machine, answered well or badly: under the simulated Microsoft, the host and the fault proxy."""
