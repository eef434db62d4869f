"""Which cores the process uses."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

_STAY = """
import json, os, threading
from concurrent.futures import ThreadPoolExecutor
from shared.wiring.one_core import stay_on_this_core

def cores():
    return sorted(os.sched_getaffinity(0))

before = ThreadPoolExecutor(1)
first = before.submit(cores).result()
stay_on_this_core()
print(json.dumps([first, cores(), ThreadPoolExecutor(1).submit(cores).result(), before.submit(cores).result()]))
"""


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux lets a process choose its cores")
def test_all_threads_of_the_process_stay_on_one_core_those_that_were_there_and_those_that_follow() -> None:
    ran = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", _STAY], cwd=ROOT, capture_output=True, timeout=60, check=True
    )

    every, own, started, before = json.loads(ran.stdout)
    assert len(own) == 1
    assert own == started == before
    assert set(own) <= set(every)
