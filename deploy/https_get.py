"""Ask the app: by https alone, and nobody else that it names, for the key goes with the question."""

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping

_SECONDS = 60.0


class NoAnswer(OSError):
    """The text is the kind of failure: what a library says of one can quote a header."""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow no redirect: urllib hands the headers on, to any host."""


def fetch(url: str, headers: Mapping[str, str], trust: ssl.SSLContext | None = None) -> tuple[int, bytes]:
    """Give the status and the body of a GET. Raises NoAnswer."""
    if not url.startswith("https://"):
        raise NoAnswer("the address is not https")
    opener = urllib.request.build_opener(_Stay, urllib.request.HTTPSHandler(context=trust))
    try:
        request = urllib.request.Request(url, headers=dict(headers))  # noqa: S310 - https, see above
        with opener.open(request, timeout=_SECONDS) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, b"{}"
    except urllib.error.URLError as error:
        raise NoAnswer(type(error.reason).__name__) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(type(error).__name__) from None
