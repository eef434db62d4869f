"""The bodies that Graph gets: as its examples have them, and within what its schema and its page allow."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from shared.core.directory import reader
from shared.core.directory.model import Target, TargetKind
from shared.core.graph import requests
from shared.core.ids import CallId
from shared.core.notification.calls import RingingCall
from shared.core.routing.decide import LastResort, decide
from shared.core.routing.decisions import Redirect, Reject, RejectReason, Why
from tests.support.paths import SAMPLES, SHARED_DATA
from tests.support.tables import ANNA, BO, BOT, route, target
from tests.support.tokens import TENANT

OPENAPI = SHARED_DATA / "redirect-openapi.yaml"
CALLBACK = "https://lines.example.com/api/calls/2026-11-22/491f0b00-ffff-4bc9-a43e-b226498ec22a"
END = Reject(RejectReason.BUSY, Why.NO_TARGET, "any/any")
BOT_2 = Target(TargetKind.APPLICATION, "22bfd41f-550e-477d-8789-f6f7bd2a5e8b", "test bot 2")
USERS = Target(TargetKind.USER, ANNA, "test user"), Target(TargetKind.USER, BO, "test user 2")
PHONE = Target(TargetKind.PHONE, "+12345678901")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def redirect(*targets: Target, forwarding: bool = True, timeout: int | None = None) -> Redirect:
    return Redirect(targets, "default", "any/any", END, timeout, forwarding)


@pytest.mark.parametrize(
    ("decision", "sample"),
    [
        pytest.param(redirect(BOT_2), "seed-example-1-redirect", id="example-1-another-bot"),
        pytest.param(redirect(*USERS, forwarding=False), "seed-example-2-redirect", id="example-2-two-users"),
        pytest.param(redirect(PHONE), "seed-example-3-redirect", id="example-3-a-phone"),
    ],
)
def test_the_examples_of_the_api_page_but_for_their_callback(decision: Redirect, sample: str) -> None:
    expected = json.loads((SAMPLES / f"{sample}.json").read_bytes())

    body = json.loads(requests.redirect(decision, CALLBACK))

    assert body == expected | {"callbackUri": CALLBACK}


def test_a_timeout_is_a_number() -> None:
    assert json.loads(requests.redirect(redirect(PHONE, timeout=45), CALLBACK))["timeout"] == 45
    assert "timeout" not in json.loads(requests.redirect(redirect(PHONE), CALLBACK))


def test_a_resource_account_is_named_as_graph_names_it() -> None:
    who = Target(TargetKind.APPLICATION_INSTANCE, BO)

    body = json.loads(requests.redirect(redirect(who), CALLBACK))

    assert body["targets"][0]["identity"]["applicationInstance"] == {
        "@odata.type": "#microsoft.graph.identity",
        "id": BO,
    }


def test_a_name_is_sent_as_it_is_written_and_half_a_character_does_no_harm() -> None:
    sent = requests.redirect(redirect(Target(TargetKind.USER, ANNA, 'Zoë "Z" \ud800')), CALLBACK)

    name = json.loads(sent.decode("utf-8"))["targets"][0]["identity"]["user"]["displayName"]
    assert name == 'Zoë "Z" ?'
    assert "Zoë".encode() in sent


@pytest.mark.parametrize("reason", RejectReason)
def test_a_rejection_says_why_and_where_its_end_is_told(reason: RejectReason) -> None:
    body = json.loads(requests.reject(Reject(reason, Why.BY_RULE, "any/any"), CALLBACK))

    assert body == {"reason": reason.value, "callbackUri": CALLBACK}


def stricter(body: dict[str, Any]) -> None:
    """Hold what the page says and the schema does not."""
    assert set(body) <= {"targets", "routingPolicies", "timeout", "callbackUri"}
    assert 1 <= len(body["targets"]) <= 25
    assert body.get("routingPolicies", ["disableForwarding"]) == ["disableForwarding"]
    assert 15 <= body.get("timeout", 15) <= 90
    assert urlsplit(body["callbackUri"]).scheme == "https"
    for participant in body["targets"]:
        assert participant["@odata.type"] == "#microsoft.graph.invitationParticipantInfo"
        assert participant["identity"]["@odata.type"] == "#microsoft.graph.identitySet"
        ((kind, identity),) = ((key, who) for key, who in participant["identity"].items() if not key.startswith("@"))
        assert kind in {"user", "phone", "application", "applicationInstance"}
        assert identity["@odata.type"] == "#microsoft.graph.identity"
        assert re.fullmatch(r"\+[1-9]\d{6,14}", identity["id"]) if kind == "phone" else len(identity["id"]) == 36


def opened(schema: Any) -> Any:
    """Read OData's open types as open, and the nullable of OpenAPI 3.0 as JSON Schema has it."""
    if isinstance(schema, list):
        return [opened(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {name: opened(one) for name, one in schema.items() if name not in {"additionalProperties", "nullable"}}
    return {"anyOf": [loose, {"type": "null"}]} if schema.get("nullable") is True else loose


@pytest.fixture(scope="module")
def contract() -> dict[str, Draft4Validator]:
    if not OPENAPI.is_file():
        pytest.skip("Microsoft's description is not beside this checkout")
    described = yaml.safe_load(OPENAPI.read_text(encoding="utf-8"))
    parts = {"components": opened(described["components"])}

    def validator(action: str) -> Draft4Validator:
        operation = described["paths"][f"/communications/calls/{{call-id}}/microsoft.graph.{action}"]["post"]
        schema = opened(operation["requestBody"]["content"]["application/json"]["schema"])
        return Draft4Validator(schema | parts)

    return {action: validator(action) for action in ("redirect", "reject")}


@pytest.mark.parametrize("decision", [redirect(BOT_2), redirect(*USERS, forwarding=False, timeout=15), redirect(PHONE)])
def test_a_redirect_fits_microsofts_description(decision: Redirect, contract: dict[str, Draft4Validator]) -> None:
    body = json.loads(requests.redirect(decision, CALLBACK))

    contract["redirect"].validate(body)
    stricter(body)


@pytest.mark.parametrize("reason", RejectReason)
def test_a_rejection_fits_microsofts_description(reason: RejectReason, contract: dict[str, Draft4Validator]) -> None:
    contract["reject"].validate(json.loads(requests.reject(Reject(reason, Why.BY_RULE, "any/any"), CALLBACK)))


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        pytest.param("redirect", {"timeout": "30"}, id="a-timeout-as-text"),
        pytest.param("redirect", {"targets": [{"identity": "+12345678901"}]}, id="an-identity-as-text"),
        pytest.param("redirect", {"targets": {}}, id="targets-that-are-no-list"),
        pytest.param("redirect", {"callbackUri": 7}, id="a-callback-that-is-no-text"),
        pytest.param("reject", {"reason": "later"}, id="a-reason-that-is-none"),
    ],
)
def test_microsofts_description_read_so_still_refuses(
    action: str, wrong: dict[str, Any], contract: dict[str, Draft4Validator]
) -> None:
    assert not contract[action].is_valid(wrong)


CELL = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
WHO = st.sampled_from([ANNA, BO.upper(), str(BOT), "+12345678901"]) | st.integers(0, 40).map(
    lambda n: f"+43 1234 5{n:02}"
)
TARGETS = st.lists(
    st.builds(target, WHO, Kind=CELL | st.sampled_from(list(TargetKind)), Name=CELL, Order=CELL), max_size=40
)


@given(targets=TARGETS, timeout=CELL, forwarding=CELL)
def test_whatever_the_rows_say_the_body_is_valid(targets: list[dict[str, Any]], timeout: Any, forwarding: Any) -> None:
    directory = reader.read_directory(targets, [route(Timeout=timeout, Forwarding=forwarding)], BOT)
    call = RingingCall(CallId("call-1"), TENANT)

    decision = decide(call, directory, LastResort(BOT, fallback=(PHONE,)), NOW)

    assert isinstance(decision, Redirect)
    stricter(json.loads(requests.redirect(decision, CALLBACK)))
