"""What a refused token claims to be: read from whatever comes, logged in short, and proved by nothing."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.gate.claimed_identity import claimed_identity
from shared.core.gate.publishers import TokenForm
from shared.core.refusals import ClaimedIdentity
from tests.support.tokens import BOT, CALLING_SERVICE, ENTRA, LEGACY, NULL, POLICY, TENANT, b64, signer

STRANGER = "33333333-2222-4333-8444-555555555555"
OURS = signer()


def claimed(authorization: str | None) -> ClaimedIdentity | None:
    return claimed_identity(authorization, POLICY, (LEGACY, ENTRA))


@pytest.mark.parametrize(
    ("form", "host"),
    [
        (TokenForm.LEGACY, "api.botframework.com"),
        (TokenForm.ENTRA_V1, "sts.windows.net"),
        (TokenForm.ENTRA_V2, "login.microsoftonline.com"),
    ],
)
def test_what_may_be_logged_of_it(form: TokenForm, host: str) -> None:
    assert claimed(OURS.bearer(form=form)) == ClaimedIdentity(host, form, CALLING_SERVICE, "first-key")


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(f"PoP {OURS.token()}", id="another-scheme"),
        pytest.param(OURS.token(), id="no-scheme"),
        pytest.param(f'MSAuth1.0 actortoken="Bearer {OURS.token()}", type="PFAT"', id="in-quotes"),
        pytest.param(f"Bearer  {OURS.token()} ", id="blanks"),
        pytest.param(f"Bearer e30.e30.e30, Bearer {OURS.token()}", id="the-second-of-two"),
        pytest.param(f"{OURS.bearer()}.x.y", id="more-parts"),
        pytest.param(OURS.bearer(header={"alg": "ES256"}), id="another-algorithm"),
        pytest.param(OURS.bearer(header={"crit": ["x"]}), id="crit"),
        pytest.param(OURS.bearer(more="x" * 6_500), id="too-long-for-the-gate"),
        pytest.param(OURS.bearer(aud=[STRANGER, BOT]), id="a-list-of-audiences"),
        pytest.param(OURS.bearer(aud=BOT.upper()), id="capitals"),
        pytest.param(OURS.bearer(appid=CALLING_SERVICE.upper()), id="the-app-in-capitals"),
        pytest.param(OURS.bearer(appid=None, azp=CALLING_SERVICE), id="the-other-claim"),
        pytest.param(OURS.bearer(appid=CALLING_SERVICE, azp=STRANGER), id="one-of-two-claims"),
        pytest.param(OURS.bearer(tid=None), id="no-tenant"),
        pytest.param(OURS.bearer(exp="soon"), id="exp-a-text"),
        pytest.param(f"Bearer {base64.b64encode(b'{ }').decode()}.{OURS.token().split('.')[1]}.x", id="odd-base64"),
    ],
)
def test_it_is_known_in_whatever_shape_it_comes(authorization: str) -> None:
    found = claimed(authorization)

    assert found is not None
    assert found.app == CALLING_SERVICE


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="no-token"),
        pytest.param("Bearer a.b.c", id="rubbish"),
        pytest.param(f"Bearer {'.' * 20_000}", id="dots"),
        pytest.param(f"Bearer {'A' * 40_000}", id="long"),
        pytest.param(f"Bearer e30.{b64(b'[' * 8_000 + BOT.encode())}.x", id="deep"),
        pytest.param(
            f"Bearer e30.{b64(json.dumps({'appid': CALLING_SERVICE, 'aud': [[BOT]]}).encode())}.x", id="nested"
        ),
        pytest.param(f"Bearer e30.{b64(b'[]')}.x", id="a-list"),
        pytest.param(OURS.bearer(aud=STRANGER), id="another-audience"),
        pytest.param(OURS.bearer(aud=f"api://{BOT}"), id="an-audience-like-ours"),
        pytest.param(OURS.bearer(aud=None), id="no-audience"),
        pytest.param(OURS.bearer(appid=STRANGER), id="another-app"),
        pytest.param(OURS.bearer(appid=None), id="no-app"),
        pytest.param(OURS.bearer(appid=NULL, azp={}), id="apps-that-are-none"),
        pytest.param(f"Bearer {' e30.e30.e30' * 5} {OURS.token()}", id="behind-many-others"),
        pytest.param(f"Bearer {'A' * 40_000} {OURS.token()}", id="too-far-behind"),
    ],
)
def test_whoever_does_not_claim_it_is_a_stranger(authorization: str | None) -> None:
    assert claimed(authorization) is None


@pytest.mark.parametrize(
    ("issuer", "host", "form"),
    [
        ("https://calls.teams.example/x?y", "calls.teams.example", "unknown"),
        ("https://Login.Microsoftonline.US:443/x", "login.microsoftonline.us", "unknown"),
        ("https://login.microsoftonline.com/common/v2.0", "login.microsoftonline.com", "entra-v2"),
        ("https://a b/", None, "unknown"),
        ("https://x\r\n\x1b[31m/", None, "unknown"),
        (f"https://{'x' * 200}.example/", None, "unknown"),
        ("https://caller@example.com/", None, "unknown"),
        ("+12345678901", None, "unknown"),
        (NULL, None, "unknown"),
        (["https://api.botframework.com"], None, "unknown"),
    ],
)
def test_of_its_issuer_the_host_alone_is_told(issuer: Any, host: str | None, form: str) -> None:
    found = claimed(OURS.bearer(iss=issuer))

    assert found is not None
    assert (found.issuer, found.form) == (host, form)


@pytest.mark.parametrize("kid", ["x\r\nforged line", "\x1b[31m", "\u202e", "\ud800", "k" * 256])
def test_of_its_kid_a_short_printable_beginning_is_told(kid: str) -> None:
    found = claimed(OURS.bearer(header={"kid": kid}))

    assert found is not None
    assert found.kid is not None
    assert found.kid.isascii()
    assert found.kid.isprintable()
    assert 0 < len(found.kid) <= 300


@pytest.mark.parametrize("kid", [None, 7, ["first-key"]])
def test_a_kid_that_is_none_is_not_told(kid: object) -> None:
    found = claimed(OURS.bearer(header={"kid": kid}))

    assert found is not None
    assert found.kid is None


def test_nothing_else_of_the_token_is_told() -> None:
    assert TENANT not in repr(claimed(OURS.bearer(name="Anna", sub="+12345678901")))
    assert "Anna" not in repr(claimed(OURS.bearer(name="Anna")))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
).map(lambda value: b64(json.dumps(value).encode()))


@given(st.text() | st.builds("{}.{}.x".format, JSON, JSON))
def test_whatever_is_refused_claims_to_be_microsoft_or_not_without_an_accident(token: str) -> None:
    assert claimed(f"Bearer {token}") is None
