"""Whatever comes from outside is read or refused, and never an accident: bodies, reader, errors of Graph, headers.

Brief in every run, long where the environment asks: HYPOTHESIS_PROFILE=long.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.http_pool import HttpPool
from shared.adapters.signing_keys.openid import KeySetReader, OpenIdProvider, UnusableKeySet
from shared.adapters.tls import tls_context
from shared.core.directory import reader
from shared.core.gate.admit import admit
from shared.core.gate.bearer_token import parse_token
from shared.core.gate.claimed_identity import claimed_identity
from shared.core.gate.publishers import TokenForm
from shared.core.graph.error_bodies import error_code, request_id, retry_after
from shared.core.ids import AppId
from shared.core.loggable import loggable
from shared.core.notification.calls import Batch, EmptyBody, LegacyBody, RingingCall
from shared.core.notification.parse import parse
from shared.core.refusals import NotFromMicrosoft, TenantNotAllowed, Unreadable
from shared.core.routing.decide import LastResort, decide
from tests.support.servers import Exchange, serving
from tests.support.stack import sample
from tests.support.tokens import BOT as TOKENS_BOT
from tests.support.tokens import (
    ENTRA,
    LEGACY,
    POLICY,
    TENANT,
    b64,
    signer,
    verified,
    whole,
)
from tests.support.tokens import NOW as SECONDS

EXAMPLES = {"brief": 40, "long": 20_000}[os.environ.get("HYPOTHESIS_PROFILE", "brief")]
fuzzed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BOT = AppId("24701998-1a73-4d42-8085-bf46ed0ae039")
TEXT = st.text(max_size=40) | st.sampled_from(["any", "+43664", "98da8a1a-1b87-452c-a713-65d3f10b1253", "incoming"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)
CELL = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=10) | st.datetimes()
COLUMNS = ("Enabled", "Order", "Kind", "Name", "Ring", "Empty", "Timeout", "Forwarding", "Hours", "Pick", "TimeZone")
_HEADER: dict[str, Any] = {"alg": "RS256", "kid": signer().kid, "typ": "JWT", "cty": "JWT"}
ROW = st.fixed_dictionaries({"PartitionKey": TEXT, "RowKey": TEXT}, optional=dict.fromkeys(COLUMNS, CELL))


def _encoded(value: object) -> str:
    return b64(json.dumps(value).encode())


def _members(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), JSON, max_size=2)


MODULUS = st.integers(1, 4096).map(lambda bits: whole(1 << bits | 1))
KEY = st.builds(
    lambda odd, weak: signer().jwk() | odd | weak,
    _members("kid", "kty", "use", "n", "e"),
    st.just({}) | st.fixed_dictionaries({"n": MODULUS}),
)


@fuzzed
@given(st.binary(max_size=400))
def test_any_bytes_as_a_body_are_read_or_refused(body: bytes) -> None:
    _read(body)


@fuzzed
@given(JSON)
def test_any_json_as_a_body_is_read_or_refused(body: Any) -> None:
    _read(json.dumps(body).encode())


@fuzzed
@given(st.sampled_from(["value", "resourceData", "source", "identity", "targets", "state", "id", "callRoutes"]), JSON)
def test_one_odd_member_in_a_genuine_body_is_read_or_refused(member: str, odd: Any) -> None:
    body = _with(sample("seed-example-3-incoming"), member, odd)

    _read(json.dumps(body).encode())


@fuzzed
@given(st.lists(ROW, max_size=6), st.lists(ROW, max_size=6))
def test_any_rows_make_a_directory_that_decides_a_call(
    targets: list[dict[str, Any]], routes: list[dict[str, Any]]
) -> None:
    directory = reader.read_directory(targets, routes, BOT)
    delivery = parse(verified(json.dumps(sample("seed-example-3-incoming", "a-call")).encode()))

    assert isinstance(delivery, Batch)
    assert isinstance(delivery.entries[0], RingingCall)
    decide(delivery.entries[0], directory, LastResort(BOT, (), None), NOW)


@fuzzed
@given(st.binary(max_size=400) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_body_of_an_error_has_a_short_printable_code_or_none(body: bytes) -> None:
    for said in (error_code(body), request_id(body)):
        assert len(said) <= 60
        assert said.isprintable()


@fuzzed
@given(st.text(max_size=60) | st.integers().map(str) | st.floats().map(str))
def test_any_retry_after_is_seconds_or_nothing(header: str) -> None:
    seconds = retry_after(header, NOW)

    assert seconds is None or 0 <= seconds < float("inf")


@fuzzed
@given(st.text(max_size=300))
def test_any_authorization_is_refused_without_an_accident(header: str) -> None:
    try:
        parse_token(header)
    except NotFromMicrosoft:
        return
    raise AssertionError("a random text was taken for a token")


@fuzzed
@given(
    st.sampled_from(TokenForm),
    _members("alg", "kid", "typ", "crit", "jwk"),
    _members("aud", "iss", "tid", "exp", "nbf", "appid", "azp", "cnf"),
)
def test_any_token_that_microsoft_signed_is_let_in_as_it_says_or_refused(
    form: TokenForm, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    genuine = jwt.decode(signer().token(form=form), options={"verify_signature": False})
    said: dict[str, Any] = _HEADER | genuine | header | claims
    token = signer().signed(json.dumps(_HEADER | header).encode(), json.dumps(genuine | claims).encode())
    key = signer().key(LEGACY if form is TokenForm.LEGACY else ENTRA)

    try:
        admitted = admit(parse_token(f"Bearer {token}"), key, POLICY, b"", SECONDS)
    except (NotFromMicrosoft, TenantNotAllowed):
        return
    assert (said["alg"], said["kid"], said["aud"]) == ("RS256", signer().kid, TOKENS_BOT)
    assert said["iss"] == genuine["iss"]
    assert (admitted.tenant, admitted.form) == (TENANT, form)
    assert said.keys().isdisjoint({"crit", "cnf"})
    assert said["exp"] > SECONDS - POLICY.leeway


@fuzzed
@given(st.text(max_size=300) | st.tuples(JSON, JSON).map(lambda parts: ".".join(map(_encoded, (*parts, "x")))))
def test_whatever_is_refused_claims_to_be_microsoft_or_not_without_an_accident(header: str) -> None:
    assert claimed_identity(f"Bearer {header}", POLICY, (LEGACY, ENTRA)) is None


@dataclass(slots=True)
class Publishing:
    """A key server whose keys each example sets."""

    http: HttpPool
    url: str = ""
    keys: Any = None

    def answer(self, exchange: Exchange) -> None:
        is_metadata = exchange.path == "/metadata"
        exchange.reply_json({"jwks_uri": f"{self.url}/keys"} if is_metadata else {"keys": self.keys})


@pytest.fixture(scope="module")
def publishing() -> Iterator[Publishing]:
    publishing = Publishing(HttpPool(tls_context()))
    with serving(publishing.answer) as server:
        publishing.url = server.url
        yield publishing


@fuzzed
@given(published=st.lists(KEY | JSON, max_size=4) | JSON)
def test_any_set_of_keys_gives_strong_keys_or_none(publishing: Publishing, published: Any) -> None:
    publishing.keys = published
    reader = KeySetReader(publishing.http, (5.0, 5.0), 1 << 20, frozenset())
    try:
        keys = reader.keys(OpenIdProvider(f"{publishing.url}/metadata", LEGACY))
    except (UnusableKeySet, ValueError, RecursionError):
        return
    assert keys
    assert all(kid == key.kid and key.public.key_size >= 2048 for kid, key in keys.items())


@fuzzed
@given(TEXT, st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), TEXT)
def test_a_number_is_never_readable_in_a_log_line(before: str, number: str, after: str) -> None:
    assert number[1:] not in loggable("message", f"{before}{number}{after}")


def _read(body: bytes) -> None:
    try:
        delivery = parse(verified(body))
    except Unreadable:
        return
    assert isinstance(delivery, Batch | EmptyBody | LegacyBody)


def _with(value: Any, member: str, odd: Any) -> Any:
    if isinstance(value, dict):
        return {name: odd if name == member else _with(one, member, odd) for name, one in value.items()}
    return [_with(one, member, odd) for one in value] if isinstance(value, list) else value
