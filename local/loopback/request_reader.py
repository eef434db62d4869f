"""Read a request to its end as Kestrel does, the real Functions host's server: chunks too, and nothing malformed."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

from requests.structures import CaseInsensitiveDict

from local.loopback.messages import Request

LARGEST_BODY = 100 * 1024 * 1024
_LONGEST_LINE = 65_536


class Unacceptable(Exception):
    """What came is refused with this status, and the connection ended: where it goes on is not known."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


def read_request(handler: BaseHTTPRequestHandler) -> Request:
    """Read the rest of a request whose head the handler has parsed. Raises Unacceptable, and OSError where it ends."""
    # The handler's own path has lost slashes that stood twice.
    return Request(handler.command, handler.requestline.split()[1], _joined_headers(handler), _body(handler))


def _joined_headers(handler: BaseHTTPRequestHandler) -> Mapping[str, str]:
    joined = CaseInsensitiveDict[str]()
    for name, value in handler.headers.items():
        try:
            text = value.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError as error:
            raise Unacceptable(HTTPStatus.BAD_REQUEST) from error
        if "\n" in text or "\r" in text:  # a folded header
            raise Unacceptable(HTTPStatus.BAD_REQUEST)
        joined[name] = f"{joined[name]},{text}" if name in joined else text
    if len(handler.headers.get_all("Host", [])) != 1 and handler.request_version == "HTTP/1.1":
        raise Unacceptable(HTTPStatus.BAD_REQUEST)
    return joined


def _body(handler: BaseHTTPRequestHandler) -> bytes:
    if "Transfer-Encoding" in handler.headers:
        if handler.headers["Transfer-Encoding"].strip().lower() != "chunked":
            raise Unacceptable(HTTPStatus.BAD_REQUEST)
        return _chunks(handler)
    length = handler.headers.get("Content-Length", "0").strip()
    if not (length.isascii() and length.isdigit()):
        raise Unacceptable(HTTPStatus.BAD_REQUEST)
    if int(length) > LARGEST_BODY:
        raise Unacceptable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return _read(handler, int(length))


def _chunks(handler: BaseHTTPRequestHandler) -> bytes:
    body = b""
    while size := _chunk_size(handler):
        if len(body) + size > LARGEST_BODY:
            raise Unacceptable(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body += _read(handler, size)
        if handler.rfile.readline(2) != b"\r\n":
            raise Unacceptable(HTTPStatus.BAD_REQUEST)
    while handler.rfile.readline(_LONGEST_LINE) not in {b"\r\n", b"\n", b""}:  # trailers
        pass
    return body


def _chunk_size(handler: BaseHTTPRequestHandler) -> int:
    digits = handler.rfile.readline(_LONGEST_LINE).partition(b";")[0].strip()
    if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", digits):
        raise Unacceptable(HTTPStatus.BAD_REQUEST)
    return int(digits, 16)


def _read(handler: BaseHTTPRequestHandler, length: int) -> bytes:
    body = handler.rfile.read(length)
    if len(body) < length:
        raise ConnectionAbortedError
    return body
