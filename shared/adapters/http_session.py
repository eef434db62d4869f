"""Open connections for msal and azure-data-tables: one requests.Session, time-outs that are totals, none idle long."""

import ssl
import time
from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any, override

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import SSLError as TLSError

from shared.adapters.connections import pool_classes
from shared.adapters.sockets import SOCKET_OPTIONS

_DEFAULT_TIMEOUT = (3.0, 10.0)
_MOST_KEPT = 128  # connections to one host


class AnswerTooLarge(requests.RequestException):
    """The other side sent more than this app is ready to read."""


def http_session(
    context: ssl.SSLContext,
    default_timeout: tuple[float, float] = _DEFAULT_TIMEOUT,
    clock: Callable[[], float] = time.monotonic,
) -> requests.Session:
    """Give the one Session of all threads: `context` decides about every certificate, whatever a caller asks for.

    It follows no redirect, keeps no cookie, reads no proxy or netrc of the environment and repeats nothing.
    A read time-out is the time for the whole answer, from the end of the request to the last byte of the body.
    A connection that was idle for sockets.LONGEST_IDLE on the `clock` is not used again.
    `default_timeout` (connect, read; seconds) counts where a caller names no time-out: msal names none.
    """
    session = _NoRedirectSession()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = SharedContextAdapter(context, default_timeout, clock, pool_maxsize=_MOST_KEPT)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def error_summary(error: requests.RequestException) -> str:
    """Name a fault without its request, which can hold secrets."""
    return ": ".join(filter(None, (type(error).__name__, certificate_error(error))))


def certificate_error(error: requests.RequestException) -> str:
    """Say why the other side's certificate is not trusted; "" for every other fault."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    causes = reason.args if isinstance(reason, TLSError) else ()
    return next((cause.verify_message for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), "")


def read_body(response: requests.Response, most: int) -> bytes:
    """Read a streamed answer of at most `most` bytes (after decompression), or raise AnswerTooLarge and hang up."""
    read = bytearray()
    for piece in response.iter_content(min(most + 1, 65536)):
        read += piece
        if len(read) > most:
            response.close()
            raise AnswerTooLarge(f"the answer has more than {most} bytes", response=response)
    return bytes(read)


class SharedContextAdapter(HTTPAdapter):
    """Connect with one SSLContext: requests by itself loads all roots again for every new connection."""

    def __init__(
        self,
        context: ssl.SSLContext,
        default_timeout: tuple[float, float] = _DEFAULT_TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
        **options: Any,
    ) -> None:
        self._context = context
        self._default_timeout = default_timeout
        self._clock = clock
        super().__init__(**options)

    @override
    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool: Any) -> None:
        options = {"ssl_context": self._context, "socket_options": SOCKET_OPTIONS}
        super().init_poolmanager(connections, maxsize, block, **options, **pool)
        self.poolmanager.pool_classes_by_scheme = pool_classes(self._clock)

    @override
    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        # Not ca_certs, which would be loaded again; not `verify`, which nobody may turn off.
        conn.cert_reqs = "CERT_REQUIRED"

    @override
    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"cert_reqs": "CERT_REQUIRED"}

    @override
    def send(self, request: Any, stream: bool = False, timeout: Any = None, *rest: Any, **more: Any) -> Any:
        return super().send(request, stream, timeout or self._default_timeout, *rest, **more)


class _NoRedirectSession(requests.Session):
    @override
    def get_redirect_target(self, resp: requests.Response) -> None:
        # An Authorization header goes to the host it was meant for. allow_redirects=False alone would not do:
        # requests then still reads the whole body of a 302 to prepare the next request.
        return None
