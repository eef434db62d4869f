"""The gate with two publishers over real HTTP: whose keys count for what, and what the trouble of one costs."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.adapters.http_pool import HttpPool
from shared.adapters.signing_keys.key_cache import SigningKeyCache
from shared.adapters.signing_keys.microsoft_gate import MicrosoftGate
from shared.adapters.signing_keys.openid import OpenIdProvider
from shared.adapters.signing_keys.provider_keys import KeyBudgets
from shared.adapters.tls import tls_context
from shared.core.gate.admit import Verified
from shared.core.gate.publishers import TokenForm
from shared.core.refusals import KeysUnavailable, NotFromMicrosoft, NoToken, RefusedRequest, TenantNotAllowed
from tests.support.clock import MovableClock
from tests.support.key_servers import METADATA, Publisher, Reported
from tests.support.servers import Exchange, Loopback, serving
from tests.support.tokens import ANY_TENANT, CONSUMERS, ENTRA, LEGACY, LOGIN, NOW, POLICY, TENANT, Signer, signer

OLD, V1, V2 = TokenForm.LEGACY, TokenForm.ENTRA_V1, TokenForm.ENTRA_V2
FORMS = [OLD, V1, V2]
LEGACYS, ENTRAS, STRANGER = signer("legacy-key"), signer("entra-key"), signer("strangers-key")
BUDGETS = KeyBudgets(connect=0.3, read=0.3, wait=0.8, cool_down_empty=1 / 16)  # where the wait may end in vain
PATIENT = KeyBudgets(read=20, wait=20)
READ = [METADATA, "/keys"]


@dataclass(frozen=True)
class Gate:
    """A gate with its two publishers."""

    gate: MicrosoftGate
    keys: SigningKeyCache
    clock: MovableClock
    events: Reported
    publishers: dict[str, Publisher]
    servers: dict[str, Loopback]

    def admit(self, token: str) -> Verified:
        return asyncio.run(self.gate.admit(f"Bearer {token}", b"body"))

    def verdicts(self, tokens: list[str]) -> list[str]:
        """Let them all come at once, and say what became of each: its form, or the kind of its refusal."""

        async def one(token: str) -> str:
            try:
                return (await self.gate.admit(f"Bearer {token}", b"")).form
            except RefusedRequest as refusal:
                return type(refusal).__name__

        async def all_of_them() -> list[str]:
            return await asyncio.gather(*map(one, tokens))

        return asyncio.run(all_of_them())

    def warm(self) -> None:
        self.keys.warm()
        self.events.next()
        self.events.next()

    def trouble(self, name: str, misbehave: Callable[[Exchange], None] | None) -> None:
        self.publishers[name].misbehave = misbehave


@pytest.fixture(scope="module")
def http() -> HttpPool:
    return HttpPool(tls_context())


@pytest.fixture
def gate(http: HttpPool) -> Iterator[Gate]:
    publishers = {"legacy": Publisher(LEGACYS), "entra": Publisher()}
    publishers["entra"].jwks = [ENTRAS.jwk(issuer=ANY_TENANT)]
    with serving(publishers["legacy"]) as legacy, serving(publishers["entra"]) as entra:
        servers = {"legacy": legacy, "entra": entra}
        yield gate_of(http, publishers, servers)


def gate_of(
    http: HttpPool,
    publishers: dict[str, Publisher],
    servers: dict[str, Loopback],
    *names: str,
    budgets: KeyBudgets = BUDGETS,
) -> Gate:
    clock, events = MovableClock(datetime.fromtimestamp(NOW, UTC)), Reported()
    providers = [
        OpenIdProvider(servers[each.name].url + METADATA, each)
        for each in (LEGACY, ENTRA)
        if each.name in (names or ("legacy", "entra"))
    ]
    keys = SigningKeyCache(http, providers, clock.monotonic, events, budgets=budgets)
    return Gate(MicrosoftGate(keys, POLICY, (LEGACY, ENTRA), clock), keys, clock, events, publishers, servers)


def genuine(form: TokenForm, **claims: Any) -> str:
    return publisher_of(form).token(form=form, **claims)


def publisher_of(form: TokenForm) -> Signer:
    return LEGACYS if form is OLD else ENTRAS


def own(form: TokenForm) -> str:
    return "legacy" if form is OLD else "entra"


def other(form: TokenForm) -> str:
    return "entra" if form is OLD else "legacy"


def test_all_three_forms_are_let_in_and_remembered(gate: Gate) -> None:
    first = {form: gate.admit(genuine(form)) for form in FORMS}
    gate.clock.advance(60)
    gate.admit(genuine(V2))

    assert [(verified.form, verified.tenant, verified.body) for verified in first.values()] == [
        (form, TENANT, b"body") for form in FORMS
    ]
    began = datetime.fromtimestamp(NOW, UTC)
    assert gate.gate.last_seen == {OLD: began, V1: began, V2: began + timedelta(seconds=60)}


def test_what_is_refused_was_not_seen(gate: Gate) -> None:
    tokens = [genuine(V1, azp="x", appid="x"), genuine(V2, tid=CONSUMERS), STRANGER.token(header={"kid": "legacy-key"})]

    assert gate.verdicts(tokens) == ["NotFromMicrosoft", "TenantNotAllowed", "NotFromMicrosoft"]
    assert gate.gate.last_seen == {}


@pytest.mark.parametrize("form", FORMS)
def test_a_cold_call_waits_for_its_own_publisher_and_the_other_is_read_beside_it(
    http: HttpPool, gate: Gate, form: TokenForm
) -> None:
    patient, asked, over = (
        gate_of(http, gate.publishers, gate.servers, budgets=PATIENT),
        threading.Event(),
        threading.Event(),
    )

    def away_until_it_is_over(exchange: Exchange) -> None:
        asked.set()
        over.wait(20)
        exchange.reply(503, b"")

    gate.trouble(other(form), away_until_it_is_over)
    admitted = patient.admit(genuine(form))
    asked.wait(20)
    patient.events.next()
    read = [(event["publisher"], event["ok"]) for event in patient.events.all]
    over.set()

    assert admitted.form is form
    assert read == [(own(form), True)]
    assert asked.is_set()


def html(exchange: Exchange) -> None:
    exchange.reply(200, b"<html>", "Content-Type: text/html")


def fifty_megabytes(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")
    for _ in range(50):
        exchange.send(b" " * (1 << 20))


TROUBLE = [
    pytest.param(lambda exchange: exchange.reply(503, b""), id="503"),
    pytest.param(Exchange.hang, id="hangs"),
    pytest.param(html, id="html"),
    pytest.param(fifty_megabytes, id="50-mb"),
    pytest.param(lambda exchange: exchange.reply_json({"jwks_uri": "https://evil.example/keys"}), id="elsewhere"),
    pytest.param(lambda exchange: exchange.reply(302, b"", "Location: /keys"), id="302"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("misbehave", TROUBLE)
def test_a_publisher_in_trouble_costs_tokens_of_its_own_form_alone_and_those_heal(
    gate: Gate, form: TokenForm, misbehave: Callable[[Exchange], None]
) -> None:
    gate.trouble(own(form), misbehave)
    others = [genuine(each) for each in FORMS if own(each) != own(form)]

    assert gate.verdicts([genuine(form), *others]) == [
        "KeysUnavailable",
        *(each for each in FORMS if own(each) != own(form)),
    ]

    gate.events.next()
    gate.events.next()
    gate.trouble(own(form), None)
    gate.clock.advance(1)
    assert gate.admit(genuine(form)).form is form


@pytest.mark.parametrize("form", FORMS)
def test_an_empty_set_of_keys_is_no_answer(gate: Gate, form: TokenForm) -> None:
    gate.publishers[own(form)].jwks = []

    with pytest.raises(KeysUnavailable):
        gate.admit(genuine(form))


@pytest.mark.parametrize("form", FORMS)
def test_keys_at_hand_go_on_while_their_publisher_is_away(gate: Gate, form: TokenForm) -> None:
    gate.warm()
    gate.trouble(own(form), Exchange.hang)
    gate.clock.advance(13 * 3600)

    assert gate.admit(publisher_of(form).token(gate.clock.now().timestamp(), form=form)).form is form


@pytest.mark.parametrize("form", FORMS)
def test_the_first_token_of_a_new_key_is_let_in(gate: Gate, form: TokenForm) -> None:
    gate.warm()
    new = signer("new-key")
    gate.publishers[own(form)].jwks.append(new.jwk(issuer=ANY_TENANT))
    before = {name: len(server.requests) for name, server in gate.servers.items()}

    assert gate.admit(new.token(form=form)).form is form

    assert len(gate.servers[own(form)].requests) == before[own(form)] + 2
    assert len(gate.servers[other(form)].requests) == before[other(form)]


@pytest.mark.parametrize("form", FORMS)
def test_forged_tokens_of_one_form_put_off_no_new_key_of_the_other(gate: Gate, form: TokenForm) -> None:
    gate.warm()
    new, forms = signer("new-key"), {OLD: V2, V1: OLD, V2: OLD}
    gate.verdicts([STRANGER.token(form=form, header={"kid": f"forged-{n}"}) for n in range(5)])
    gate.publishers[other(form)].jwks.append(new.jwk(issuer=ANY_TENANT))

    assert gate.admit(new.token(form=forms[form])).form is forms[form]


@pytest.mark.parametrize("form", FORMS)
def test_two_hundred_forged_tokens_cost_a_handful_of_reads_and_no_genuine_one_a_wait(
    http: HttpPool, gate: Gate, form: TokenForm
) -> None:
    patient = gate_of(http, gate.publishers, gate.servers, budgets=PATIENT)
    patient.warm()
    before, over = len(gate.servers[own(form)].requests), threading.Event()
    forged = [STRANGER.token(form=form, header={"kid": f"forged-{n}"}) for n in range(200)]

    def slow_until_it_is_over(exchange: Exchange) -> None:
        over.wait(20)
        gate.trouble(own(form), None)
        gate.publishers[own(form)](exchange)

    async def flood() -> tuple[list[Verified], int, list[object]]:
        waiting = [asyncio.create_task(patient.gate.admit(f"Bearer {token}", b"")) for token in forged]
        await asyncio.sleep(0)
        admitted = await asyncio.gather(*(patient.gate.admit(f"Bearer {genuine(each)}", b"") for each in FORMS))
        still = sum(not task.done() for task in waiting)
        over.set()
        return admitted, still, list(await asyncio.gather(*waiting, return_exceptions=True))

    gate.trouble(own(form), slow_until_it_is_over)
    admitted, still, refused = asyncio.run(flood())

    assert [verified.form for verified in admitted] == FORMS
    assert still == len(forged)
    assert {type(each) for each in refused} == {NotFromMicrosoft}
    assert len(gate.servers[own(form)].requests) - before <= 4


def test_one_kid_of_two_publishers_is_a_key_of_each_for_its_own_tokens(gate: Gate) -> None:
    ours, theirs = Signer("same", LEGACYS.private), Signer("same", ENTRAS.private)
    gate.publishers["legacy"].jwks = [ours.jwk()]
    gate.publishers["entra"].jwks = [theirs.jwk(issuer=ANY_TENANT)]
    gate.warm()

    tokens = [ours.token(), theirs.token(form=V1), theirs.token(form=V2)]
    crossed = [theirs.token(), ours.token(form=V1), ours.token(form=V2)]

    assert gate.verdicts(tokens) == FORMS
    assert gate.verdicts(crossed) == ["NotFromMicrosoft"] * 3


def test_one_key_of_two_publishers_signs_for_both(gate: Gate) -> None:
    same = signer("same")
    gate.publishers["legacy"].jwks = [same.jwk()]
    gate.publishers["entra"].jwks = [same.jwk(issuer=ANY_TENANT)]

    assert gate.verdicts([same.token(form=form) for form in FORMS]) == FORMS


def test_a_key_of_one_publisher_is_none_of_the_others(gate: Gate) -> None:
    gate.warm()

    for token in (ENTRAS.token(), LEGACYS.token(form=V1), LEGACYS.token(form=V2)):
        with pytest.raises(NotFromMicrosoft, match="an issuer that this key may not sign for"):
            gate.admit(token)


def test_a_publisher_that_forges_the_others_key_lets_nobody_in_and_keeps_nobody_out(gate: Gate) -> None:
    gate.publishers["legacy"].jwks = [LEGACYS.jwk(), Signer("entra-key", STRANGER.private).jwk()]
    gate.publishers["entra"].jwks += [Signer("legacy-key", STRANGER.private).jwk(issuer=ANY_TENANT)]
    gate.warm()
    forger = [
        STRANGER.token(header={"kid": "legacy-key"}),
        STRANGER.token(form=V1, header={"kid": "entra-key"}),
        STRANGER.token(form=V2, header={"kid": "entra-key"}),
    ]

    assert gate.verdicts(forger) == ["NotFromMicrosoft"] * 3
    assert gate.verdicts([genuine(form) for form in FORMS]) == FORMS


@pytest.mark.parametrize("form", FORMS)
def test_a_kid_that_the_other_publisher_has_is_no_proof_while_the_own_one_cannot_be_read(
    gate: Gate, form: TokenForm
) -> None:
    same = signer("same")
    gate.publishers[other(form)].jwks = [same.jwk(issuer=ANY_TENANT)]
    gate.publishers[own(form)].jwks = [same.jwk(issuer=ANY_TENANT)]
    gate.trouble(own(form), html)
    gate.warm()

    with pytest.raises(KeysUnavailable):
        gate.admit(same.token(form=form))

    gate.trouble(own(form), None)
    gate.clock.advance(1)
    assert gate.admit(same.token(form=form)).form is form


@pytest.mark.parametrize("issuer", ["https://login.example/x", "https://api.botframework.com/", "", 7, None])
def test_nobody_is_asked_for_the_key_of_an_issuer_that_is_nobodys(gate: Gate, issuer: object) -> None:
    gate.warm()

    with pytest.raises(NotFromMicrosoft, match="nobody is asked for"):
        gate.admit(STRANGER.token(iss=issuer))

    assert [server.requests for server in gate.servers.values()] == [READ, READ]


def test_of_a_key_at_hand_even_such_an_issuer_is_refused_for_what_it_is(gate: Gate) -> None:
    gate.warm()

    with pytest.raises(NotFromMicrosoft, match="an issuer that this key may not sign for"):
        gate.admit(LEGACYS.token(iss="https://api.botframework.com/"))


ODD_ISSUERS = [
    pytest.param(f"{LOGIN}/{CONSUMERS}/v2.0", id="consumers"),
    pytest.param("", id="empty"),
    pytest.param(7, id="a-number"),
    pytest.param([ANY_TENANT], id="a-list"),
    pytest.param({}, id="an-object"),
    pytest.param(f"{ANY_TENANT}/", id="a-slash-more"),
    pytest.param(ANY_TENANT.replace("tenantid", "TenantId"), id="another-template"),
]


@pytest.mark.parametrize("form", [V1, V2])
@pytest.mark.parametrize("issuer", ODD_ISSUERS)
def test_a_key_of_entras_signs_for_the_tenants_that_its_issuer_covers_and_no_others(
    gate: Gate, form: TokenForm, issuer: object
) -> None:
    gate.publishers["entra"].jwks = [ENTRAS.jwk(issuer=issuer)]

    with pytest.raises(NotFromMicrosoft, match="a tenant that this key may not sign for"):
        gate.admit(genuine(form))


def test_an_issuer_that_is_null_is_one_that_covers_nobody(gate: Gate) -> None:
    gate.publishers["entra"].jwks = [ENTRAS.jwk() | {"issuer": None}]

    with pytest.raises(NotFromMicrosoft, match="a tenant that this key may not sign for"):
        gate.admit(genuine(V2))


@pytest.mark.parametrize("form", [V1, V2])
def test_a_key_of_entras_without_an_issuer_signs_for_any_tenant(gate: Gate, form: TokenForm) -> None:
    gate.publishers["entra"].jwks = [ENTRAS.jwk()]

    assert gate.admit(genuine(form)).form is form


def test_an_issuer_beside_a_legacy_key_means_nothing(gate: Gate) -> None:
    gate.publishers["legacy"].jwks = [LEGACYS.jwk(issuer="https://anything.example")]

    assert gate.admit(genuine(OLD)).form is OLD


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_is_switched_off_is_refused_without_a_look_at_its_keys(
    http: HttpPool, gate: Gate, form: TokenForm
) -> None:
    without = gate_of(http, gate.publishers, gate.servers, other(form))

    with pytest.raises(NotFromMicrosoft) as refused:
        without.admit(genuine(form))

    assert refused.value.claimed is not None
    assert refused.value.claimed.form == form
    assert gate.servers[own(form)].requests == []


def test_a_refusal_says_whether_it_claims_to_be_microsofts(gate: Gate) -> None:
    expired = genuine(V2, exp=NOW - 3600)

    with pytest.raises(NotFromMicrosoft) as refused:
        gate.admit(expired)
    with pytest.raises(NotFromMicrosoft) as strangers:
        gate.admit(genuine(V2, azp="x"))
    with pytest.raises(NoToken) as bound:
        asyncio.run(gate.gate.admit(f"PoP {genuine(V1)}", b""))

    assert refused.value.detail == "expired"
    assert [each.value.claimed and each.value.claimed.form for each in (refused, strangers, bound)] == [V2, None, V1]


def test_a_genuine_caller_of_another_tenant_is_no_alarm(gate: Gate) -> None:
    with pytest.raises(TenantNotAllowed) as refused:
        gate.admit(genuine(V2, tid=CONSUMERS))

    assert refused.value.event == "caller.refused"


def test_what_is_at_hand_of_each_publisher_is_counted(gate: Gate) -> None:
    gate.trouble("entra", html)
    legacy, entra = gate.keys.providers
    count = legacy.count(5)
    gate.clock.advance(60)

    assert [(each.publisher, each.host) for each in (legacy, entra)] == [
        ("legacy", "127.0.0.1"),
        ("entra", "127.0.0.1"),
    ]
    assert (count, legacy.count(5)) == ((1, 0), (1, 60))
    assert entra.count(5) == (0, float("inf"))
