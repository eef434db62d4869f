"""The simulated Microsoft: Entra, OpenID metadata, Graph's redirect and reject, and a telephone exchange.

`simulator.Microsoft` puts them together for tests and the demo; `python -m local.microsoft` serves it alone.
"""
