"""A storage account: where its tables are, and how a request to them proves who sends it."""

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import field
from hashlib import sha256
from typing import Self

from shared.core.errors import StorageUnavailable, TokenUnavailable
from shared.core.light_dataclass import dataclass

SCOPE = "https://storage.azure.com"
_SUFFIX = "core.windows.net"
_DEVELOPMENT = (  # what every storage emulator takes: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
    "TableEndpoint=http://127.0.0.1:10002/devstoreaccount1"
)


@dataclass(frozen=True, slots=True)
class TableAccount:
    """`endpoint` has no trailing slash; `query` is a shared access signature, or "".

    `authorization` makes the header of that name of a request: method, content type, date, path as it is sent.
    """

    endpoint: str
    authorization: Callable[[str, str, str, str], str] = field(repr=False)
    query: str = field(default="", repr=False)

    @classmethod
    def of_connection_string(cls, text: str) -> Self:
        """Read what azure-data-tables reads, in its order. Raises ValueError."""
        parts = _parts(_DEVELOPMENT if text.lower() == "usedevelopmentstorage=true" else text)
        name, key, signature = (parts.get(part, "") for part in ("accountname", "accountkey", "sharedaccesssignature"))
        suffix = parts.get("endpointsuffix")
        scheme = parts.get("defaultendpointsprotocol", "https") if suffix else "https"
        endpoint = parts.get("tableendpoint") or (f"{scheme}://{name}.table.{suffix or _SUFFIX}" if name else "")
        if not endpoint or not ((name and key) or signature):
            raise ValueError("a connection string without an address or without a key")
        if name and key:
            return cls(endpoint.rstrip("/"), _shared_key(name, key))
        return cls(endpoint.rstrip("/"), lambda *_: "", signature.lstrip("?"))

    @classmethod
    def of_identity(cls, endpoint: str, token: Callable[[], str]) -> Self:
        """Prove each request by a token for SCOPE; `token` raises TokenUnavailable."""

        def bearer(*_: str) -> str:
            try:
                return f"Bearer {token()}"
            except TokenUnavailable as missing:
                raise StorageUnavailable(f"no token for the tables: {missing.reason}") from missing

        return cls(endpoint.rstrip("/"), bearer)


def _parts(text: str) -> dict[str, str]:
    pairs = [part.split("=", 1) for part in text.strip().rstrip(";").split(";")]
    if any(len(pair) != 2 or not all(pair) for pair in pairs):  # noqa: PLR2004 - a name and a value
        raise ValueError("a connection string has parts like Name=value between semicolons")
    parts = {name.lower(): value for name, value in pairs}
    if len(parts) != len(pairs):
        raise ValueError("a connection string names each part once")
    return parts


def _shared_key(name: str, key: str) -> Callable[[str, str, str, str], str]:
    """Sign as https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key says for tables."""
    try:
        secret = base64.b64decode(key, validate=True)
    except binascii.Error as error:
        raise ValueError("AccountKey is not base64") from error

    def sign(method: str, content_type: str, date: str, path: str) -> str:
        signed = f"{method}\n\n{content_type}\n{date}\n/{name}{path}".encode()
        return f"SharedKey {name}:{base64.b64encode(hmac.digest(secret, signed, sha256)).decode('ascii')}"

    return sign
