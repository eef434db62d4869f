"""The benchmarks: figures beside their goals, each printed by a module of its own."""
