"""Signing keys over real HTTP: whom they are read from, how often, and what becomes of calls while that fails."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from local.loopback.certificate import certified
from shared.adapters.http_pool import HttpPool
from shared.adapters.signing_keys.key_cache import SigningKeyCache
from shared.adapters.signing_keys.openid import KeySetReader, OpenIdProvider, UnusableKeySet
from shared.adapters.signing_keys.provider_keys import KeyBudgets
from shared.adapters.tls import tls_context
from shared.core.gate.admit import admit
from shared.core.gate.bearer_token import parse_token
from shared.core.gate.publishers import LegacyPublisher
from shared.core.refusals import KeysUnavailable, NotFromMicrosoft
from tests.support.key_servers import METADATA, Publisher, Reported, StillClock
from tests.support.servers import UNTRUSTED, Exchange, Loopback, serving
from tests.support.tokens import ISSUER, NOW, POLICY, b64, signer, whole

FIRST, SECOND = signer("first-key"), signer("second-key")
CALLING = LegacyPublisher(frozenset({ISSUER}))
BUDGETS = KeyBudgets(read=1.0, cool_down_empty=1 / 16)  # a sixteenth: exact
HASTY = KeyBudgets(read=1.0, wait=0.2, cool_down_empty=1 / 16)  # where the wait must end in vain
HOUR, DAY = 3600.0, 86400.0


@pytest.fixture(scope="module")
def http() -> HttpPool:
    return HttpPool(tls_context())


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def events() -> Reported:
    return Reported()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher(FIRST)


@pytest.fixture
def server(publisher: Publisher) -> Iterator[Loopback]:
    with serving(publisher) as server:
        yield server


@pytest.fixture
def keys(http: HttpPool, server: Loopback, clock: StillClock, events: Reported) -> SigningKeyCache:
    return SigningKeyCache(http, [provider(server)], clock, events, budgets=BUDGETS)


@pytest.fixture
def hasty(http: HttpPool, server: Loopback, clock: StillClock, events: Reported) -> SigningKeyCache:
    return SigningKeyCache(http, [provider(server)], clock, events, budgets=HASTY)


def provider(server: Loopback) -> OpenIdProvider:
    return OpenIdProvider(server.url + METADATA, CALLING)


def found(keys: SigningKeyCache, kid: str) -> bool:
    try:
        return asyncio.run(keys.find(kid, ISSUER)).kid == kid
    except NotFromMicrosoft:
        return False


def verdicts(keys: SigningKeyCache, count: int) -> set[type]:
    """Say how so many tokens at once with kids that nobody published are refused."""

    async def burst() -> list[object]:
        forged = (keys.find(f"forged-{n}", ISSUER) for n in range(count))
        return list(await asyncio.gather(*forged, return_exceptions=True))

    return {type(each) for each in asyncio.run(burst())}


def error(exchange: Exchange) -> None:
    exchange.reply(500, b"oops")


def test_the_first_token_waits_for_the_keys_and_is_admitted(keys: SigningKeyCache, server: Loopback) -> None:
    token = parse_token(FIRST.bearer())

    key = asyncio.run(keys.find(token.kid, token.unverified_issuer))

    assert admit(token, key, POLICY, b"body", NOW).body == b"body"
    assert server.requests == [METADATA, "/keys"]


def test_building_reads_nothing_and_warming_reads_once(
    keys: SigningKeyCache, server: Loopback, events: Reported
) -> None:
    assert server.requests == []

    keys.warm()
    keys.warm()

    assert events.next()["ok"] is True
    assert server.requests == [METADATA, "/keys"]
    assert keys.known("first-key", ISSUER)


def test_a_fetch_is_reported_without_a_key_or_a_path(keys: SigningKeyCache, events: Reported) -> None:
    keys.warm()

    reported = events.next()

    assert reported.pop("ms") == 0  # by a clock that stands still
    assert reported == {
        "event": "keys.refetched",
        "publisher": "legacy",
        "provider": "127.0.0.1",
        "keys": 1,
        "ok": True,
        "reason": "ok",
    }


def test_known_never_waits_not_even_for_the_first_fetch(
    keys: SigningKeyCache, publisher: Publisher, events: Reported
) -> None:
    publisher.misbehave = Exchange.hang

    assert keys.known("first-key", ISSUER) is None
    assert events.all == []


def test_fifty_calls_into_a_cold_app_read_the_keys_once(keys: SigningKeyCache, server: Loopback) -> None:
    async def burst() -> set[str]:
        return {key.kid for key in await asyncio.gather(*(keys.find("first-key", ISSUER) for _ in range(50)))}

    assert asyncio.run(burst()) == {"first-key"}
    assert server.requests == [METADATA, "/keys"]


def test_fifty_threads_into_a_cold_app_read_the_keys_once(
    keys: SigningKeyCache, server: Loopback, events: Reported
) -> None:
    gate = threading.Barrier(50)

    def call() -> None:
        gate.wait(5)
        keys.known("first-key", ISSUER)

    threads = [threading.Thread(target=call) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    events.next()
    assert server.requests == [METADATA, "/keys"]


def test_the_first_token_of_a_new_key_is_admitted(
    keys: SigningKeyCache, publisher: Publisher, server: Loopback
) -> None:
    assert found(keys, "first-key")
    publisher.jwks.append(SECOND.jwk())

    assert found(keys, "second-key")
    assert len(server.requests) == 4


def test_a_withdrawn_key_dies_with_the_next_refresh(
    keys: SigningKeyCache, publisher: Publisher, clock: StillClock, events: Reported
) -> None:
    keys.warm()
    events.next()
    publisher.jwks = [SECOND.jwk()]

    assert found(keys, "first-key")
    clock.advance(12 * HOUR)
    assert keys.known("first-key", ISSUER)  # served while the refresh goes on
    events.next()

    assert not found(keys, "first-key")
    assert found(keys, "second-key")


def test_keys_younger_than_twelve_hours_are_not_read_again(
    keys: SigningKeyCache, server: Loopback, clock: StillClock
) -> None:
    assert found(keys, "first-key")

    clock.advance(12 * HOUR - 1)

    assert found(keys, "first-key")
    assert len(server.requests) == 2


def test_keys_are_served_stale_for_five_days_while_their_server_is_down(
    hasty: SigningKeyCache, publisher: Publisher, clock: StillClock, events: Reported
) -> None:
    hasty.warm()
    events.next()
    publisher.misbehave = error

    for _ in range(9):
        clock.advance(12 * HOUR)
        assert found(hasty, "first-key")
        assert events.next()["reason"] == "status 500"
    clock.advance(12 * HOUR + 1)

    with pytest.raises(KeysUnavailable):
        asyncio.run(hasty.find("first-key", ISSUER))


def test_a_due_refresh_that_fails_is_not_tried_with_every_call(
    keys: SigningKeyCache, publisher: Publisher, server: Loopback, clock: StillClock, events: Reported
) -> None:
    keys.warm()
    events.next()
    publisher.misbehave = error
    clock.advance(13 * HOUR)
    keys.known("first-key", ISSUER)
    events.next()
    seen = len(server.requests)

    for _ in range(100):
        assert keys.known("first-key", ISSUER)
    assert len(server.requests) == seen
    clock.advance(10)
    keys.known("first-key", ISSUER)

    events.next()
    assert len(server.requests) == seen + 1


def test_three_hundred_forged_kids_cost_two_reads(
    keys: SigningKeyCache, server: Loopback, publisher: Publisher, clock: StillClock
) -> None:
    assert found(keys, "first-key")

    assert verdicts(keys, 300) == {NotFromMicrosoft}
    assert not any(found(keys, f"later-{n}") for n in range(300))
    assert len(server.requests) == 4

    publisher.jwks.append(SECOND.jwk())
    clock.advance(10)
    assert found(keys, "second-key")


def test_a_failed_fetch_starts_the_cool_down_too(
    hasty: SigningKeyCache, publisher: Publisher, server: Loopback
) -> None:
    assert found(hasty, "first-key")
    publisher.misbehave = error

    assert verdicts(hasty, 20) == {KeysUnavailable}

    assert len(server.requests) == 3
    assert found(hasty, "first-key")


def test_a_new_key_is_no_strangers_while_its_publisher_cannot_be_read(
    hasty: SigningKeyCache, publisher: Publisher, clock: StillClock
) -> None:
    assert found(hasty, "first-key")
    publisher.jwks.append(SECOND.jwk())
    publisher.misbehave = error

    with pytest.raises(KeysUnavailable):
        asyncio.run(hasty.find("second-key", ISSUER))
    publisher.misbehave = None
    clock.advance(HASTY.cool_down_failed)

    assert found(hasty, "second-key")  # and not after the ten seconds that strangers' kids are waited for
    assert verdicts(hasty, 20) == {NotFromMicrosoft}


def test_a_genuine_token_does_not_wait_while_forged_ones_wait_for_a_hanging_server(
    hasty: SigningKeyCache, publisher: Publisher, events: Reported
) -> None:
    hasty.warm()
    events.next()
    publisher.misbehave = Exchange.hang

    async def both() -> tuple[list[bool], list[object]]:
        forged = [asyncio.create_task(hasty.find(f"forged-{n}", ISSUER)) for n in range(300)]
        await asyncio.sleep(0.05)
        await hasty.find("first-key", ISSUER)
        before = [task.done() for task in forged]
        return before, list(await asyncio.gather(*forged, return_exceptions=True))

    before, after = asyncio.run(both())

    assert not any(before)
    assert {type(each) for each in after} == {KeysUnavailable}


def test_three_hundred_waiting_calls_hold_one_thread(
    hasty: SigningKeyCache, publisher: Publisher, events: Reported
) -> None:
    hasty.warm()
    events.next()
    publisher.misbehave = Exchange.hang

    async def waiting() -> int:
        forged = [asyncio.create_task(hasty.find(f"forged-{n}", ISSUER)) for n in range(300)]
        await asyncio.sleep(0.05)
        names = [thread.name for thread in threading.enumerate()]
        await asyncio.gather(*forged, return_exceptions=True)
        return names.count("signing-keys")

    assert asyncio.run(waiting()) == 1


def test_a_call_waits_no_longer_than_its_budget_and_the_fetch_goes_on(
    http: HttpPool, publisher: Publisher, server: Loopback, clock: StillClock, events: Reported
) -> None:
    slow = threading.Event()

    def when_told(exchange: Exchange) -> None:
        slow.wait(5)
        publisher.misbehave = None
        publisher(exchange)

    publisher.misbehave = when_told
    budgets = KeyBudgets(read=5, wait=0.1)
    keys = SigningKeyCache(http, [provider(server)], clock, events, budgets=budgets)

    with pytest.raises(KeysUnavailable):
        asyncio.run(keys.find("first-key", ISSUER))
    slow.set()

    assert events.next()["ok"] is True
    assert keys.known("first-key", ISSUER)


def test_without_any_key_the_answer_is_503_and_not_401(hasty: SigningKeyCache, publisher: Publisher) -> None:
    publisher.misbehave = error

    with pytest.raises(KeysUnavailable) as refused:
        asyncio.run(hasty.find("first-key", ISSUER))

    assert refused.value.status == 503


def test_a_cold_app_heals_within_the_same_call(
    http: HttpPool, server: Loopback, publisher: Publisher, events: Reported
) -> None:
    keys = SigningKeyCache(http, [provider(server)], time.monotonic, events, budgets=KeyBudgets(cool_down_empty=0.05))

    def fails_once(exchange: Exchange) -> None:
        publisher.misbehave = None
        error(exchange)

    publisher.misbehave = fails_once

    assert found(keys, "first-key")
    assert [event["ok"] for event in events.all[:1]] == [False]


def test_a_cold_app_heals_as_soon_as_its_server_is_back(
    keys: SigningKeyCache, publisher: Publisher, clock: StillClock, events: Reported
) -> None:
    publisher.misbehave = error
    keys.warm()
    events.next()

    publisher.misbehave = None
    clock.advance(BUDGETS.cool_down_empty)

    assert found(keys, "first-key")


def test_a_cold_app_does_not_hammer_its_server(hasty: SigningKeyCache, publisher: Publisher, server: Loopback) -> None:
    publisher.misbehave = error

    assert verdicts(hasty, 100) == {KeysUnavailable}
    assert len(server.requests) == 1  # its clock stands still, so the pause never ends


def test_one_provider_that_hangs_does_not_hold_up_the_keys_of_the_other(
    http: HttpPool, clock: StillClock, events: Reported
) -> None:
    with serving(Exchange.hang) as hanging, serving(Publisher(FIRST)) as good:
        patient = KeyBudgets(read=2, wait=9)
        keys = SigningKeyCache(http, [provider(hanging), provider(good)], clock, events, budgets=patient)

        assert found(keys, "first-key")
        time.sleep(0.05)  # time enough to report, had the other been waited for
        assert [event["ok"] for event in events.all] == [True]


def test_one_address_that_fails_leaves_the_other_as_it_is(http: HttpPool, clock: StillClock, events: Reported) -> None:
    with serving(error) as failing, serving(Publisher(FIRST)) as good:
        keys = SigningKeyCache(http, [provider(failing), provider(good)], clock, events, budgets=HASTY)

        assert found(keys, "first-key")
        with pytest.raises(KeysUnavailable):  # it may be of the one that nobody could read
            asyncio.run(keys.find("unknown", ISSUER))
        assert found(keys, "first-key")


def test_keys_come_over_tls_with_a_certificate_that_is_trusted(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, http: HttpPool, clock: StillClock, events: Reported
) -> None:
    authority, tls = certified(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))

    def publish(exchange: Exchange) -> None:
        base = exchange.head.partition(b"Host: ")[2].partition(b"\r\n")[0].decode()
        exchange.reply_json({"jwks_uri": f"https://{base}/keys", "keys": [FIRST.jwk()]})

    trusting = HttpPool(tls_context())
    with serving(publish, tls) as server:
        assert found(SigningKeyCache(trusting, [provider(server)], clock, events, budgets=BUDGETS), "first-key")
        with pytest.raises(KeysUnavailable):
            asyncio.run(
                SigningKeyCache(http, [provider(server)], clock, events, budgets=HASTY).find("first-key", ISSUER)
            )
    assert events.next()["reason"] == f"SSLError: {UNTRUSTED}"


def one_byte_a_time(exchange: Exchange) -> None:
    exchange.trickle(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: " + b"x" * 500 + b"\r\n\r\n{}", pause=0.02)


def fifty_megabytes(exchange: Exchange) -> None:
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n")
    for _ in range(50):
        exchange.send(b" " * (1 << 20))


def elsewhere(exchange: Exchange) -> None:
    exchange.reply(302, b"", "Location: /keys")


def answering(content: bytes) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.reply(200, content)


MISHAPS = [
    pytest.param(error, "status 500", id="500"),
    pytest.param(elsewhere, "status 302", id="redirect"),
    pytest.param(lambda exchange: exchange.reply(204), "status 204", id="204"),
    pytest.param(Exchange.hang, "ReadTimeout", id="hangs"),
    pytest.param(one_byte_a_time, "ReadTimeout", id="one-byte-at-a-time"),
    pytest.param(lambda exchange: exchange.send(b"garbage\r\n\r\n"), "BadStatusLine", id="no-http"),
    pytest.param(fifty_megabytes, "AnswerTooLarge", id="50-mb"),
    pytest.param(answering(b"<html>"), "JSONDecodeError", id="html"),
    pytest.param(answering(b""), "JSONDecodeError", id="empty"),
    pytest.param(answering(b"\xff\xfe"), "JSONDecodeError", id="bytes"),
    pytest.param(answering(b"[" * 100_000), "RecursionError", id="deep"),
    pytest.param(answering(b"9" * 5_000), "ValueError", id="a-number-too-long"),
    pytest.param(answering(b"[]"), "not an object", id="a-list"),
    pytest.param(answering(b"null"), "not an object", id="null"),
    pytest.param(answering(b"{}"), "not an address", id="no-address"),
    pytest.param(answering(b'{"jwks_uri":7}'), "not an address", id="address-a-number"),
]


@pytest.mark.parametrize(("misbehave", "reason"), MISHAPS)
def test_whatever_the_server_does_the_keys_stay_and_come_again(
    keys: SigningKeyCache,
    publisher: Publisher,
    clock: StillClock,
    events: Reported,
    *,
    misbehave: Callable[[Exchange], None],
    reason: str,
) -> None:
    keys.warm()
    events.next()
    publisher.misbehave = misbehave
    clock.advance(13 * HOUR)

    keys.known("first-key", ISSUER)

    reported = events.next()
    assert (reported["ok"], reported["keys"], reported["reason"]) == (False, 0, reason)
    assert found(keys, "first-key")

    publisher.misbehave = None
    publisher.jwks.append(SECOND.jwk())
    clock.advance(BUDGETS.cool_down)
    assert found(keys, "second-key")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://login.botframework.com/v1/.well-known/keys", "not an https address"),
        ("http://10.0.0.1/keys", "not an https address"),
        ("http://127.0.0.1.example/keys", "not an https address"),
        ("https://evil.example/keys", "an address on another host"),
        ("https://localhost.example/keys", "an address on another host"),
        ("http://127.0.0.1@evil.example/keys", "not an address"),
        ("https://evil.example\\@127.0.0.1/keys", "not an address"),
        ("https://127.0.0.1#@evil.example/", "not an address"),
        ("http://127.0.0.1/keys\r\nX: y", "not an address"),
        ("file:///etc/passwd", "not an address"),
        ("ftp://127.0.0.1/keys", "not an address"),
        ("//127.0.0.1/keys", "not an address"),
        ("/keys", "not an address"),
        ("", "not an address"),
    ],
)
def test_a_key_set_somewhere_else_is_never_asked_for(
    http: HttpPool, publisher: Publisher, server: Loopback, url: str, reason: str
) -> None:
    publisher.misbehave = lambda exchange: exchange.reply_json({"jwks_uri": url})

    with pytest.raises(UnusableKeySet, match=reason):
        KeySetReader(http, (1, 1), 1 << 20).keys(provider(server))

    assert server.requests == [METADATA]


def test_this_machines_own_names_are_one_host(http: HttpPool, publisher: Publisher, server: Loopback) -> None:
    keys = f"http://localhost:{server.port}/keys"

    def elsewhere(exchange: Exchange) -> None:
        publisher.misbehave = None
        exchange.reply_json({"jwks_uri": keys})

    publisher.misbehave = elsewhere

    assert KeySetReader(http, (1, 1), 1 << 20).keys(provider(server))


@pytest.mark.parametrize("url", ["http://login.botframework.com/metadata", "not an address", ""])
def test_metadata_that_is_not_on_https_is_never_asked_for(
    http: HttpPool, clock: StillClock, events: Reported, url: str
) -> None:
    keys = SigningKeyCache(http, [OpenIdProvider(url, CALLING)], clock, events, budgets=HASTY)

    with pytest.raises(KeysUnavailable):
        asyncio.run(keys.find("first-key", ISSUER))

    assert "address" in str(events.next()["reason"])


SHORT = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the test refuses it
NO_KEYS: list[object] = [None, 1, "key", [], {}, [SECOND.jwk()]]
N = FIRST.private.public_key().public_numbers().n


@pytest.mark.parametrize(
    "jwk",
    [
        pytest.param(SECOND.jwk(kty="EC"), id="another-kind"),
        pytest.param(SECOND.jwk(kty=None), id="no-kind"),
        pytest.param(SECOND.jwk(use="enc"), id="for-encryption"),
        pytest.param(SECOND.jwk(use=["sig"]), id="use-a-list"),
        pytest.param(SECOND.jwk(kid=None), id="no-kid"),
        pytest.param(SECOND.jwk(kid=7), id="kid-a-number"),
        pytest.param(SECOND.jwk(kid={}), id="kid-an-object"),
        pytest.param(SECOND.jwk(n=None), id="no-n"),
        pytest.param(SECOND.jwk(n=N), id="n-a-number"),
        pytest.param(SECOND.jwk(n=""), id="n-empty"),
        pytest.param(SECOND.jwk(n="A"), id="n-one-letter"),
        pytest.param(SECOND.jwk(n="+/" * 171), id="n-plain-base64"),
        pytest.param(SECOND.jwk(n=whole(N) + "\n"), id="n-with-a-line-break"),
        pytest.param(SECOND.jwk(n=whole(SHORT.public_key().public_numbers().n)), id="1024-bit"),
        pytest.param(SECOND.jwk(n=b64(b"\0" * 200 + b"\xff" * 100)), id="leading-zeros-are-no-length"),
        pytest.param(SECOND.jwk(n=b64(b"\xff" * 100_000)), id="800-kbit"),
        pytest.param(SECOND.jwk(e=None), id="no-e"),
        pytest.param(SECOND.jwk(e=whole(1)), id="e-1"),
        pytest.param(SECOND.jwk(e=whole(3)), id="e-3"),
        pytest.param(SECOND.jwk(e=whole(65538)), id="e-even"),
        pytest.param(SECOND.jwk(e=b64(b"\xff" * 64)), id="e-huge"),
        *NO_KEYS,
    ],
)
def test_one_bad_key_is_left_out_and_spoils_nothing(
    http: HttpPool, publisher: Publisher, server: Loopback, jwk: object
) -> None:
    publisher.jwks = [jwk, FIRST.jwk()]

    assert set(KeySetReader(http, (1, 1), 1 << 20).keys(provider(server))) == {"first-key"}


def test_use_may_be_absent_and_other_members_do_not_matter(
    http: HttpPool, publisher: Publisher, server: Loopback
) -> None:
    publisher.jwks = [FIRST.jwk(use=None), SECOND.jwk(alg="RSA256", endorsements=["msteams"], x5c=[1])]

    assert len(KeySetReader(http, (1, 1), 1 << 20).keys(provider(server))) == 2


def test_a_kid_that_comes_twice_counts_for_neither(http: HttpPool, publisher: Publisher, server: Loopback) -> None:
    publisher.jwks = [FIRST.jwk(), signer("impostor").jwk(kid="first-key"), SECOND.jwk(), FIRST.jwk()]

    assert set(KeySetReader(http, (1, 1), 1 << 20).keys(provider(server))) == {"second-key"}


@pytest.mark.parametrize(
    ("key_set", "reason"),
    [
        ({}, "no list of keys"),
        ({"keys": {}}, "no list of keys"),
        ({"keys": None}, "no list of keys"),
        ({"keys": []}, "no usable key"),
        ({"keys": [FIRST.jwk(use="enc")]}, "no usable key"),
        ({"keys": [FIRST.jwk(), FIRST.jwk()]}, "no usable key"),
    ],
)
def test_a_set_without_a_usable_key_counts_as_failed_and_leaves_the_old_ones(
    hasty: SigningKeyCache, publisher: Publisher, server: Loopback, events: Reported, *, key_set: object, reason: str
) -> None:
    hasty.warm()
    events.next()
    publisher.misbehave = lambda exchange: exchange.reply_json({"jwks_uri": f"{server.url}/keys"} | key_set)  # type: ignore[operator]  # an object, one document for both

    assert verdicts(hasty, 1) == {KeysUnavailable}

    assert events.next()["reason"] == reason
    assert found(hasty, "first-key")


def test_the_budgets_are_those_of_the_ring_window() -> None:
    budgets = KeyBudgets()

    assert (budgets.connect, budgets.read, budgets.wait) == (2, 3, 3)
    assert (budgets.refresh, budgets.stale) == (12 * HOUR, 5 * DAY)
    assert (budgets.cool_down, budgets.most) == (10, 1 << 20)
    assert budgets.cool_down_empty <= 1
