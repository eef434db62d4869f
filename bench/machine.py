"""Describe the machine of a run, as far as it matters to the figures."""

import os
import platform
import re
import sysconfig
from pathlib import Path

import psutil


def describe() -> str:
    optimised = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    how = "with" if optimised else "without"
    kernel = ".".join(platform.release().split(".")[:2])
    return (
        f"{platform.system()} {kernel} on {_processor()}, {os.cpu_count()} cores, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GB; "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"built {how} profile-guided optimisation; load before the run {os.getloadavg()[0]:.1f}"
    )


def _processor() -> str:
    file = Path("/proc/cpuinfo")  # Linux; platform.processor() knows no model there
    found = re.search(r"model name\s*: (.*)", file.read_text()) if file.exists() else None
    return found[1] if found else platform.processor() or platform.machine()
