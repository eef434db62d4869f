"""An address at which nobody listens, and nobody will: its port stays taken for as long as the tests run.

The port of a server that has ended can be another test's a moment later.
"""

import atexit
import socket

_taken = socket.socket()
_taken.bind(("127.0.0.1", 0))  # without listen(): whoever connects is refused
atexit.register(_taken.close)

NOWHERE = f"127.0.0.1:{_taken.getsockname()[1]}"
STORAGE_NOWHERE = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;TableEndpoint=http://{NOWHERE}/a;"
