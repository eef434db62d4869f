"""Put the simulated Microsoft together: two ports on loopback, its neighbours and the exchange behind them."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from local.loopback.certificate import certified
from local.loopback.messages import Request, Response
from local.loopback.server import LoopbackServer
from local.microsoft.exchange.call import Call, Event
from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.exchange.courier import Courier
from local.microsoft.exchange.exchange import WINDOW_SECONDS, Exchange
from local.microsoft.graph import calls_api
from local.microsoft.graph.calls_api import Graph
from local.microsoft.identity import entra, managed_identity, openid_metadata
from local.microsoft.identity.entra import Entra
from local.microsoft.identity.managed_identity import ManagedIdentity
from local.microsoft.identity.notification_tokens import Signing
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.server.control import Control
from local.microsoft.server.neighbour import Neighbour, at_path


class Microsoft:
    """Listens once made; answers inside `with`. Ports of 0 are chosen by the system."""

    def __init__(  # noqa: PLR0913 - a caller sets the one or two that matter to it
        self,
        *,
        bot: str = BOT,
        tenant: str = TENANT,
        secret: str = "made-up-secret",  # noqa: S107 - this Microsoft is made up too
        other_tenants: Sequence[str] = (),
        port: int = 0,
        tls_port: int = 0,
        deliver_to: str | None = None,
        webhook: str | None = None,
        forms: Sequence[TokenForm] = (TokenForm.LEGACY,),
        speed: float = 1.0,
        window: float = WINDOW_SECONDS,
    ) -> None:
        self.bot, self.tenant = bot, tenant
        self._listen(port, tls_port)
        self.signing = Signing(bot, tenant, self.login_url)
        self.courier = Courier(self.signing, forms, deliver_to, webhook)
        self.exchange = Exchange(self.courier, speed, window)
        self.managed_identity = ManagedIdentity(tenant)
        self.entra = Entra(bot, (tenant, *other_tenants), secret, self.managed_identity.problem)
        self.graph_api = Graph(bot, self.exchange.find, self.entra.claims)
        self.entra.graph_url, self.entra.login_url = self.url, self.login_url
        self._control = Neighbour("control", Control(self).answer)

        self.graph = Neighbour("graph", self.graph_api.answer, calls_api.failing)
        self.token = Neighbour("token", self.entra.token, entra.failing)
        self.login = Neighbour("login", self.entra.discovery, entra.failing)
        self.metadata = Neighbour("metadata", lambda _: openid_metadata.configuration(self.url))
        self.keys = Neighbour("keys", lambda _: Response(200, self.signing.legacy.document()))
        self.entra_metadata = Neighbour("entra-metadata", self._entra_metadata)
        self.entra_keys = Neighbour("entra-keys", lambda _: Response(200, self.signing.entra.document()))
        self.identity = Neighbour("identity", self.managed_identity.answer)
        publishers = (self.metadata, self.keys, self.entra_metadata, self.entra_keys)
        parts = (self.graph, self.token, self.login, *publishers, self.identity)
        self.neighbours = {neighbour.name: neighbour for neighbour in parts}

    def _listen(self, port: int, tls_port: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="simulated-microsoft-")
        try:
            self.ca_file, tls = certified(Path(self._folder.name), "localhost", "127.0.0.1")
            self._plain = LoopbackServer(port)
            try:
                self._tls = LoopbackServer(tls_port, tls)
            except OSError:
                self._plain.stop()
                raise
        except OSError:
            self._folder.cleanup()
            raise
        self.url: str = self._plain.url
        self.login_url: str = self._tls.url

    def __enter__(self) -> Self:
        self._plain.start(at_path(self._plain_route))
        self._tls.start(at_path(self._tls_route))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self.exchange.stop()
        self._plain.stop()
        self._tls.stop()
        self._folder.cleanup()

    def settings(self) -> dict[str, str]:
        """Give the environment of an app that proves its bot by the secret."""
        return {**self._addresses(), "BOT_CLIENT_SECRET": self.entra.secret}

    def identity_settings(self) -> dict[str, str]:
        """Give the environment of an app that has a managed identity and no secret."""
        return {
            **self._addresses(),
            "MANAGED_IDENTITY_CLIENT_ID": self.managed_identity.client_id,
            "IDENTITY_ENDPOINT": f"{self.url}{managed_identity.PATH}",
            "IDENTITY_HEADER": self.managed_identity.header,
        }

    def seen(self, neighbour: str) -> list[Request]:
        return self.neighbours[neighbour].seen

    def timeline(self, call_id: str) -> list[Event]:
        return self.call(call_id).timeline

    def call(self, call_id: str) -> Call:
        """Give a call that was placed here. Raises KeyError."""
        call = self.exchange.find(call_id)
        if call is None:
            raise KeyError(call_id)
        return call

    def _addresses(self) -> dict[str, str]:
        return {
            "GRAPH_URL": self.url,
            "LOGIN_URL": self.login_url,
            "OPENID_METADATA_URLS": f"{self.url}{openid_metadata.CONFIGURATION_PATH}",
            "SSL_CERT_FILE": str(self.ca_file),
            "BOT_APP_ID": self.bot,
            "BOT_TENANT_ID": self.tenant,
        }

    def _plain_route(self, path: str) -> Neighbour | None:
        match path:
            case openid_metadata.CONFIGURATION_PATH:
                return self.metadata
            case openid_metadata.KEYS_PATH:
                return self.keys
            case managed_identity.PATH:
                return self.identity
            case _ if path.startswith("/v1.0/"):
                return self.graph
            case _:
                return self._control if path.startswith("/_/") else None

    def _tls_route(self, path: str) -> Neighbour | None:
        tenant, _, what = path.removeprefix("/").partition("/")
        match what:
            case "v2.0/.well-known/openid-configuration":
                return self.entra_metadata if tenant in openid_metadata.ANY_TENANT else self.login
            case "discovery/v2.0/keys":
                return self.entra_keys
            case "oauth2/v2.0/token":
                return self.token
            case _:
                return None

    def _entra_metadata(self, request: Request) -> Response:
        return openid_metadata.entra_configuration(self.login_url, request.path.split("/")[1], "{tenantid}")
