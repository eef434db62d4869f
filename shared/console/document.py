"""What goes out to a person or a program that asked: nobody may keep, frame or guess at it."""

import json
from collections.abc import Mapping

from shared.core.light_dataclass import dataclass

UNSEEN = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address may hold a key
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Document:
    body: bytes
    mimetype: str
    headers: Mapping[str, str]


def json_document(value: object) -> Document:
    return Document(json.dumps(value, indent=2).encode(), "application/json", UNSEEN | {"Vary": "Accept"})
