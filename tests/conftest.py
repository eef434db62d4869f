"""Property tests without a deadline: how long an example takes says how busy the machine is. `make fuzz` has many."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("brief", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", settings.get_profile("brief"), max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "brief"))
