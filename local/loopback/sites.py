"""Tell a request that a page of another site has caused: a browser says so, and no page can make it say otherwise."""

from urllib.parse import urlsplit

from local.loopback.messages import Request

_LOOPBACK = {"127.0.0.1", "localhost"}
_OWN = {"", "none", "same-origin"}  # https://www.w3.org/TR/fetch-metadata/; empty: no browser


def is_of_another_site(request: Request) -> bool:
    """Tell it also where a name of that site leads to this machine (DNS rebinding)."""
    headers = request.headers
    origin = headers.get("Origin")
    return (
        urlsplit(f"//{headers.get('Host', '')}").hostname not in _LOOPBACK
        or (origin is not None and urlsplit(origin).hostname not in _LOOPBACK)
        or headers.get("Sec-Fetch-Site", "").lower() not in _OWN
    )
