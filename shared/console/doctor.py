"""Ask each neighbour how it is, all at once and for a few seconds at most; each finding says what to do."""

import base64
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, wait
from datetime import datetime, timedelta
from functools import partial

from shared.console.doctor_probes import GateLog, GraphProbe, KeyProbe, TableProbe
from shared.core.errors import StorageUnavailable, TokenUnavailable
from shared.core.gate.publishers import TOKEN_FORMS
from shared.core.health import Finding, GraphUnreachable, Health, TableAccess
from shared.core.ids import TenantId
from shared.core.light_dataclass import dataclass
from shared.ports import Clock, TokenSource

PERMISSION = "Calls.Initiate.All"
_CORRECT = "correct it among the function app's environment variables"
_EDITED, _WRITTEN = ("targets", "routes", "holidays", "shifts", "away"), ("calls", "problems", "state")
_READER, _WRITER = "Storage Table Data Reader", "Storage Table Data Contributor"
_STALE = 86_400  # seconds: keys are read twice a day, and count for five days
_LEEWAY, _SUSPICIOUS = 300, 30  # seconds: Microsoft's tokens are taken up to 300 s early and late


@dataclass(frozen=True, slots=True)
class Doctor:
    """`seconds` is how long all of it may take; `ignored_settings` has a sentence for each that counts as blank."""

    keys: Iterable[KeyProbe]
    gate: GateLog
    tokens: TokenSource
    tables: TableProbe
    graph: GraphProbe
    clock: Clock
    tenants: Iterable[TenantId]
    has_fallback: bool
    missed_calls: Sequence[Finding] = ()
    token_forms: AbstractSet[str] = TOKEN_FORMS
    admits_calling_service: bool = True
    seconds: float = 5.0
    ignored_settings: Sequence[str] = ()
    base_url: str = ""

    def examine(self) -> tuple[Finding, ...]:
        """Ask all of them, each in a thread of its own: one that hangs holds up no other, and says so here."""
        asked = {part: _begun(part, ask) for part, ask in self._questions()}
        wait(asked.values(), self.seconds)
        return (
            *self._settings(),
            *self._addresses(),
            *self.missed_calls,
            *(found.result() if found.done() else _silent(part, self.seconds) for part, found in asked.items()),
        )

    def _questions(self) -> Iterator[tuple[str, Callable[[], Finding]]]:
        for keys in self.keys:
            yield f"Signing keys, {keys.publisher}, {keys.host}", partial(self._keys, keys)
        for tenant in sorted(self.tenants):
            yield f"Token for tenant {tenant}", partial(self._token, tenant)
        for table in _EDITED:
            yield f"Table {table}", partial(self._edited, table)
        for table in _WRITTEN:
            yield f"Table {table}", partial(self._written, table)
        yield "Graph and the clock", self._clock

    def _settings(self) -> Iterator[Finding]:
        for said in self.ignored_settings:
            yield _error("Settings", said, _CORRECT)
        read = f"{'the others' if self.ignored_settings else 'all'} can be read"
        if "entra" not in self.token_forms:
            said = "TOKEN_FORMS leaves out entra, so no call is let in once Microsoft has Entra sign for the tenant"
            yield _warning("Settings", said, "leave TOKEN_FORMS empty")
        if not self.admits_calling_service:
            said = "CALLER_APP_IDS leaves out Microsoft's calling service, so no call that Entra signs for it is let in"
            yield _warning("Settings", said, "name the default in CALLER_APP_IDS too, unless Microsoft says otherwise")
        if not self.has_fallback:
            said = f"{read}, but nobody rings while the tables cannot be read and where no list can ring"
            yield _warning("Settings", said, "set FALLBACK_TARGETS to one or more object ids or numbers")
        elif not self.ignored_settings and "entra" in self.token_forms and self.admits_calling_service:
            yield _ok("Settings", read)

    def _addresses(self) -> Iterator[Finding]:
        if self.base_url:
            calls = f"{self.base_url}/api/calls"
            said = f"the Teams channel's calling webhook must be {calls}; each call's end comes to {calls}/DAY/CALL"
            yield _ok("Addresses", said)

    def _keys(self, keys: KeyProbe) -> Finding:
        part = f"Signing keys, {keys.publisher}, {keys.host}"
        count, age = keys.count(self.seconds)
        remedy = "let the app reach that host, or correct OPENID_METADATA_URLS (legacy) or LOGIN_URL (entra)"
        if not count:
            return _error(part, "none could be read, so no call with a token of this form is let in", remedy)
        said = f"{count} at hand, last read at {_moment(self.clock.now() - timedelta(seconds=age))}"
        seen = [
            f"{form} last at {_moment(at)}"
            for form, at in sorted(self.gate.last_seen.items())
            if form.startswith(keys.publisher)
        ]
        met = f"let in since this instance started: {', '.join(seen) or 'none'}"
        return _ok(part, f"{said}; {met}") if age <= _STALE else _warning(part, f"{said}, and not since; {met}", remedy)

    def _token(self, tenant: TenantId) -> Finding:
        part = f"Token for tenant {tenant}"
        try:
            token = self.tokens.token(tenant, self.seconds)
        except TokenUnavailable as missing:
            return _error(part, missing.reason, missing.hint or "let the app reach LOGIN_URL, and look again")
        if _permissions(token).isdisjoint({PERMISSION}):
            remedy = f"have an administrator of the tenant consent to the application permission {PERMISSION}"
            return _error(part, f"Entra gives one, without {PERMISSION}", remedy)
        return _ok(part, f"Entra gives one, with {PERMISSION}")

    def _edited(self, table: str) -> Finding:
        part = f"Table {table}"
        try:
            access = self.tables.may_read(table, self.seconds)
        except StorageUnavailable as away:
            return _away(part, away)
        match access:
            case TableAccess.GRANTED:
                return _ok(part, "can be read")
            case TableAccess.DENIED:
                return _denied(part, "read", _READER)
            case TableAccess.NO_TABLE if table == "targets":
                return _warning(part, "is not there, so no list can ring", "az storage table create --name targets")
            case TableAccess.NO_TABLE:
                return _ok(part, "is not there, and need not be")

    def _written(self, table: str) -> Finding:
        part = f"Table {table}"
        try:
            access = self.tables.may_write(table, self.seconds)
        except StorageUnavailable as away:
            return _away(part, away)
        match access:
            case TableAccess.GRANTED:
                return _ok(part, "can be written")
            case TableAccess.DENIED:
                return _denied(part, "write", _WRITER)
            case TableAccess.NO_TABLE:
                return _ok(part, "is not there yet: the app makes it when it needs it")

    def _clock(self) -> Finding:
        part = "Graph and the clock"
        try:
            date = self.graph.date(self.seconds)
        except GraphUnreachable as away:
            return _error(
                part, f"no answer from Graph ({away})", "let the app reach GRAPH_URL, or correct that setting"
            )
        if date is None:
            return _warning(part, "what answers at GRAPH_URL is not Graph", "correct GRAPH_URL, or look for a proxy")
        apart = abs(round((self.clock.now() - date).total_seconds()))
        if apart <= _SUSPICIOUS:
            return _ok(part, "Graph answers, and its clock is ours")
        said = f"Graph answers, and its clock is {apart} s from ours"
        remedy = "set this machine's clock; in Azure, restart the function app"
        return _error(part, said, remedy) if apart > _LEEWAY else _warning(part, said, remedy)


def wrong_settings(problems: Iterable[str]) -> tuple[Finding, ...]:
    """Say what keeps the app from starting at all."""
    remedy = f"{_CORRECT}; until then every call is answered 503"
    return tuple(_error("Settings", problem, remedy) for problem in problems)


def _begun(part: str, ask: Callable[[], Finding]) -> Future[Finding]:
    found: Future[Finding] = Future()

    def answer() -> None:
        try:
            found.set_result(ask())
        except Exception as error:  # noqa: BLE001 - a fault in one question must not hide what the others found
            said = f"the question itself failed ({type(error).__name__})"
            found.set_result(_error(part, said, "look for internal errors in the log"))

    threading.Thread(target=answer, name="doctor", daemon=True).start()
    return found


def _permissions(token: str) -> frozenset[str]:
    """Read the roles in a token of our own; nobody's trust depends on it, so its signature does not matter."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
        return frozenset(map(str, claims.get("roles", ())))
    except (LookupError, ValueError, AttributeError, TypeError):
        return frozenset({PERMISSION})  # no token that we can read: nothing to complain about


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _silent(part: str, seconds: float) -> Finding:
    return _error(part, f"no answer within {seconds:g} s", "look again; if it stays so, look at the network")


def _away(part: str, away: StorageUnavailable) -> Finding:
    return _error(part, f"no answer from Table Storage ({away})", "look at the storage account and its firewall")


def _denied(part: str, verb: str, role: str) -> Finding:
    remedy = f"give the app's identity the role {role} on the storage account; it counts after some minutes"
    return _error(part, f"the app may not {verb} it", remedy)


def _ok(part: str, said: str) -> Finding:
    return Finding(part, Health.OK, said)


def _warning(part: str, said: str, remedy: str) -> Finding:
    return Finding(part, Health.WARNING, said, remedy)


def _error(part: str, said: str, remedy: str) -> Finding:
    return Finding(part, Health.ERROR, said, remedy)
