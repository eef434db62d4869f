"""Which cores the process uses."""

import json
import os
import subprocess
import sys

import pytest

from tests.support.paths import ROOT

_STAY = """
import json, os, threading
from shared.wiring.one_core import stay_on_this_core

end = threading.Event()
threading.Thread(target=end.wait).start()
stay_on_this_core()
threading.Thread(target=end.wait).start()
print(json.dumps([sorted(os.sched_getaffinity(int(thread))) for thread in os.listdir("/proc/self/task")]))
end.set()
"""


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux lets a process choose its cores")
def test_all_threads_of_a_process_stay_on_the_core_that_it_is_on() -> None:
    ran = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", _STAY], cwd=ROOT, capture_output=True, timeout=60, check=True
    )

    before, other, later = json.loads(ran.stdout)
    assert before == other == later
    assert len(before) == 1
