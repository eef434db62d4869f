"""A message reaches a receiver on loopback as it is, and every way of its not doing so is told."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.loopback.certificate import certified
from local.loopback.faults import Drip, Elsewhere, Fault, Hang, Reset, Says
from local.workflows import Workflows
from shared.adapters.http_pool import HttpPool
from shared.adapters.webhook import Webhook
from shared.core.missed_call.delivery import Receipt
from tests.support.clock import NOON


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority, server = certified(tmp_path_factory.mktemp("tls"), "127.0.0.1")
    return ssl.create_default_context(cafile=authority), server


@pytest.fixture
def flow(trusted: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[Workflows]:
    with Workflows(trusted[1]) as flow:
        yield flow


@pytest.fixture
def webhook(flow: Workflows, trusted: tuple[ssl.SSLContext, ssl.SSLContext]) -> Webhook:
    return Webhook(HttpPool(trusted[0]), flow.address, lambda: NOON)


def test_a_message_goes_to_the_address_as_it_stands(flow: Workflows, webhook: Webhook) -> None:
    assert webhook.post(b'{"a":1}', 3.0) == Receipt(202)

    (seen,) = flow.accepted
    assert flow.address.endswith(seen.target)
    assert "sp=%2Ftriggers%2Fmanual%2Frun" in seen.target
    assert (seen.method, seen.json) == ("POST", {"a": 1})
    assert {name.lower() for name in seen.headers} <= {
        "host",
        "content-type",
        "content-length",
        "accept",
        "accept-encoding",
    }


def test_credentials_of_this_machine_go_nowhere(
    flow: Workflows, webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login anna password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    assert webhook.post(b"{}", 3.0).status == 202
    assert len(flow.accepted) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Says(429, retry_after="90"), Receipt(429, retry_after=90.0)),
        (Says(429, retry_after="Sun, 22 Nov 2026 12:00:30 GMT"), Receipt(429, retry_after=30.0)),
        (Says(400), Receipt(400)),
        (Says(401), Receipt(401)),
        (Says(503, html=True), Receipt(503)),
        (Elsewhere("https://example.com/"), Receipt(302)),
        (Hang(5), Receipt(None, "ReadTimeout")),
        (Drip(0.2), Receipt(None, "ReadTimeout")),
    ],
)
def test_what_the_receiver_says_is_told(flow: Workflows, webhook: Webhook, fault: Fault, expected: Receipt) -> None:
    flow.faults.will_answer(fault)

    assert webhook.post(b"{}", 1.0) == expected
    assert len(flow.seen) == 1


def test_a_receiver_that_hangs_up_gave_no_answer(flow: Workflows, webhook: Webhook) -> None:
    flow.faults.will_answer(Reset())

    assert webhook.post(b"{}", 1.0).status is None


def test_a_receiver_that_is_gone_gave_no_answer(trusted: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with Workflows(trusted[1]) as flow:
        address = flow.address

    assert Webhook(HttpPool(trusted[0]), address, lambda: NOON).post(b"{}", 1.0) == Receipt(None, "ConnectionError")


@pytest.mark.parametrize("host", ["h..example", f"{'a' * 64}.example", "127.0.0.1:x"])
def test_a_host_that_there_cannot_be_gives_no_answer(trusted: tuple[ssl.SSLContext, ssl.SSLContext], host: str) -> None:
    receipt = Webhook(HttpPool(trusted[0]), f"https://{host}/a?sig=secret", lambda: NOON).post(b"{}", 1.0)

    assert receipt == Receipt(None, "InvalidURL")


def test_a_receiver_that_nobody_vouches_for_gets_nothing(flow: Workflows) -> None:
    receipt = Webhook(HttpPool(ssl.create_default_context()), flow.address, lambda: NOON).post(b"{}", 1.0)

    assert receipt.status is None
    assert receipt.why.startswith("SSLError")
    assert flow.seen == []
