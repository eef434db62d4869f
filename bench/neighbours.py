"""Answer for Entra, Graph and Table Storage over TLS on loopback, and note when each call was redirected."""

import asyncio
import contextlib
import json
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.tables import TableResponse, Tables

ACCOUNT = "bench"
_CONFIGURATION = "/v1/.well-known/OpenIdConfiguration"
_KEYS = "/v1/.well-known/keys"
_LOGIN_SECONDS = 0.05  # how far away login and keys are


@dataclass(slots=True)
class Neighbours:
    """The keys of both publishers of notifications' tokens; `redirected` has a time.perf_counter() for each call."""

    jwks: Mapping[str, Any]
    entra_jwks: Mapping[str, Any]
    url: str = ""
    graph_seconds: float = 0.0
    redirected: dict[str, float] = field(default_factory=dict)
    tables: Tables = field(default_factory=Tables)

    @contextlib.asynccontextmanager
    async def listening(self, tls: ssl.SSLContext) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, ssl=tls, backlog=512)
        self.url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield
        finally:
            server.close()
            server.abort_clients()
            await server.wait_closed()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever hangs up, an app that ended or this bench, ends the connection and nothing else.
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            while True:
                method, path, headers = _head(await reader.readuntil(b"\r\n\r\n"))
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status, told, answer = await self.answer(method, path.partition("?")[0], headers, body)
                lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
                writer.write(f"HTTP/1.1 {status} -\r\n{lines}Content-Length: {len(answer)}\r\n\r\n".encode() + answer)
        writer.close()

    async def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> TableResponse:
        first, *rest = path.strip("/").split("/", 1)
        if first == ACCOUNT:
            return self.tables.answer(method, rest[0], headers.get("if-match"), body)
        if path.endswith("/redirect"):
            self.redirected[path.split("/")[-2]] = time.perf_counter()
            await asyncio.sleep(self.graph_seconds)
            return 202, {}, b""
        known = self._documents(first).get(path)
        if known is None:
            return 404, {}, b""
        await asyncio.sleep(_LOGIN_SECONDS)
        return 200, {"Content-Type": "application/json"}, json.dumps(known).encode()

    def _documents(self, tenant: str) -> dict[str, Mapping[str, Any]]:
        token = {"token_type": "Bearer", "expires_in": 86_399, "access_token": "made-up-token"}
        login = f"{self.url}/{tenant}"
        return {
            _CONFIGURATION: {"issuer": "https://api.botframework.com", "jwks_uri": self.url + _KEYS},
            _KEYS: self.jwks,
            f"/{tenant}/oauth2/v2.0/token": token,
            f"/{tenant}/v2.0/.well-known/openid-configuration": {
                "issuer": f"{login}/v2.0",
                "authorization_endpoint": f"{login}/oauth2/v2.0/authorize",
                "token_endpoint": f"{login}/oauth2/v2.0/token",
                "jwks_uri": f"{login}/discovery/v2.0/keys",
            },
            f"/{tenant}/discovery/v2.0/keys": self.entra_jwks,
        }

    def settings(self) -> dict[str, str]:
        """Give the addresses as an app's settings."""
        return {
            "GRAPH_URL": self.url,
            "LOGIN_URL": self.url,
            "OPENID_METADATA_URLS": self.url + _CONFIGURATION,
            "TABLES_CONNECTION_STRING": f"DefaultEndpointsProtocol=https;AccountName={ACCOUNT};AccountKey=bWFkZS11cA==;"
            f"TableEndpoint={self.url}/{ACCOUNT};",
        }


def _head(text: bytes) -> tuple[str, str, dict[str, str]]:
    request, *lines = text.decode("latin-1").rstrip().split("\r\n")
    method, path, _ = request.split(" ")
    headers = (line.split(":", 1) for line in lines)
    return method, path, {name.lower(): value.strip() for name, value in headers}
