import pytest

from shared.core.health import Health
from shared.core.missed_call.address import address_findings
from shared.core.missed_call.delivery import Delivery, delivery_of, wait_after

FLOW = "https://default0.00.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/0/triggers/manual/paths/invoke"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (199, Delivery.REFUSED),
        (200, Delivery.TAKEN),
        (202, Delivery.TAKEN),
        (204, Delivery.TAKEN),
        (299, Delivery.TAKEN),
        (300, Delivery.REFUSED),
        (302, Delivery.REFUSED),
        (400, Delivery.REFUSED),
        (401, Delivery.REFUSED),
        (404, Delivery.REFUSED),
        (408, Delivery.LATER),
        (410, Delivery.REFUSED),
        (429, Delivery.LATER),
        (499, Delivery.REFUSED),
        (500, Delivery.LATER),
        (503, Delivery.LATER),
        (None, Delivery.LATER),
    ],
)
def test_a_status_says_whether_a_message_is_taken_later_or_refused(status: int | None, expected: Delivery) -> None:
    assert delivery_of(status) is expected


@pytest.mark.parametrize(("asked", "seconds"), [(None, 60), (0.5, 60), (90, 90), (1e9, 6 * 3600)])
def test_the_next_try_is_when_the_receiver_asks_within_reason(asked: float | None, seconds: float) -> None:
    assert wait_after(asked) == seconds


@pytest.mark.parametrize(
    ("address", "message_format", "health", "says"),
    [
        pytest.param("https://contoso.webhook.office.com/webhookb2/x", "card", Health.ERROR, "retired", id="connector"),
        pytest.param("https://webhook.office.com/x", "json", Health.ERROR, "retired", id="connector-itself"),
        pytest.param(
            "https://contoso.webhook.office.com./x", "card", Health.ERROR, "retired", id="connector-with-a-dot"
        ),
        pytest.param("https://outlook.office.com/webhook/x", "card", Health.ERROR, "retired", id="first-connector"),
        pytest.param("https://outlook.office365.com/webhook/x", "json", Health.ERROR, "retired", id="its-other-host"),
        pytest.param(
            "https://make.powerautomate.com/environments/x/flows/y", "card", Health.ERROR, "page", id="editor"
        ),
        pytest.param("https://teams.microsoft.com/l/channel/x", "json", Health.ERROR, "page", id="channel"),
        pytest.param("https://prod-1.westeurope.logic.azure.com/x?sig=a", "card", Health.ERROR, "2025", id="old-flow"),
        pytest.param(f"{FLOW}?api-version=1", "card", Health.ERROR, "signature", id="no-signature"),
        pytest.param(f"{FLOW}?sig=", "card", Health.ERROR, "signature", id="empty-signature"),
        pytest.param(f"{FLOW}?sig=a", "json", Health.WARNING, "JSON", id="json-to-a-flow"),
        pytest.param(f"{FLOW}?sig=a", "card", Health.OK, "card", id="right"),
        pytest.param("https://HOOKS.slack.com/services/x", "json", Health.OK, "JSON", id="slack"),
        pytest.param("https://hooks.slack.com/services/x", "card", Health.WARNING, "card", id="card-to-slack"),
        pytest.param("https://notwebhook.office.com.example/x", "json", Health.OK, "JSON", id="another-host"),
    ],
)
def test_an_address_on_which_messages_are_lost_is_named(
    address: str, message_format: str, health: Health, says: str
) -> None:
    (found,) = address_findings(address, message_format)

    assert found.health is health
    assert says in found.said
    assert bool(found.remedy) is (health is not Health.OK)
    assert "sig=a" not in repr(found)


def test_without_an_address_there_is_nothing_to_say() -> None:
    assert list(address_findings(None, "card")) == []


def test_a_daily_message_that_nobody_gets_is_named() -> None:
    (found,) = address_findings(None, "card", is_daily=True)

    assert found.health is Health.WARNING
    assert "MISSED_CALL_DAILY" in found.said
