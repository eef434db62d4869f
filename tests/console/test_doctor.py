"""The doctor asks every neighbour at once, and says of each how it is and what to do."""

import base64
import json
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.console.doctor import Doctor, wrong_settings
from shared.core.errors import StorageUnavailable, TokenUnavailable
from shared.core.gate.publishers import TokenForm
from shared.core.health import Finding, GraphUnreachable, Health, TableAccess
from shared.core.ids import TenantId

HOME, GUEST = TenantId("aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"), TenantId("bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee")
NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


KEYS, TOKEN, CLOCK = "Signing keys, entra, keys.example", f"Token for tenant {HOME}", "Graph and the clock"


def token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{payload}.signature"


@dataclass
class Neighbours:
    """All of them: well, unless told otherwise."""

    keys: tuple[int, float] = (2, 60.0)
    last_seen: Mapping[TokenForm, datetime] = field(default_factory=dict)
    tokens: dict[TenantId, str | Exception] = field(default_factory=dict)
    tables: Mapping[str, TableAccess | Exception] = field(default_factory=dict)
    date_: datetime | Exception | None = NOW
    hangs: threading.Event | None = None

    publisher, host = "entra", "keys.example"

    def count(self, within: float) -> tuple[int, float]:
        del within
        if self.hangs:
            self.hangs.wait(10)
        return self.keys

    def token(self, tenant: TenantId, within: float) -> str:
        del within
        return _given(self.tokens.get(tenant, token(roles=["Calls.Initiate.All"])))

    def forget(self, tenant: TenantId, token: str) -> None:
        raise AssertionError((tenant, token))

    def may_read(self, table: str, within: float) -> TableAccess:
        del within
        return _given(self.tables.get(table, TableAccess.GRANTED))

    may_write = may_read

    def date(self, within: float) -> datetime | None:
        del within
        return _given(self.date_)

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float, /) -> None:
        raise AssertionError(seconds)


def _given[T](value: T | Exception) -> T:
    if isinstance(value, Exception):
        raise value
    return value


def findings(neighbours: Neighbours, **options: Any) -> tuple[Finding, ...]:
    usual: dict[str, Any] = {"tenants": [HOME], "has_fallback": True}
    doctor = Doctor([neighbours], neighbours, neighbours, neighbours, neighbours, neighbours, **usual | options)
    return doctor.examine()


def examined(neighbours: Neighbours, **options: Any) -> dict[str, Finding]:
    return {finding.part: finding for finding in findings(neighbours, **options)}


def test_where_all_is_well_every_part_is_told_and_there_is_nothing_to_do() -> None:
    found = examined(Neighbours(), tenants=[HOME, GUEST])

    assert {finding.health for finding in found.values()} == {Health.OK}
    assert {finding.remedy for finding in found.values()} == {""}
    assert list(found) == [
        "Settings",
        KEYS,
        f"Token for tenant {HOME}",
        f"Token for tenant {GUEST}",
        "Table targets",
        "Table routes",
        "Table holidays",
        "Table shifts",
        "Table away",
        "Table calls",
        "Table problems",
        "Table state",
        "Graph and the clock",
    ]


DENIED, AWAY = TableAccess.DENIED, StorageUnavailable("ServiceRequestError")
REFUSED = TokenUnavailable("AADSTS7000222", "make a new secret and set it")


@pytest.mark.parametrize(
    ("neighbours", "part", "health", "said", "remedy"),
    [
        pytest.param(
            Neighbours(keys=(0, math.inf)), KEYS, "error", "no call with a token of this form", "LOGIN_URL", id="keys"
        ),
        pytest.param(
            Neighbours(keys=(3, 86_401.0)), KEYS, "warning", "3 at hand, last read", "OPENID_METADATA", id="old-keys"
        ),
        pytest.param(
            Neighbours(tokens={HOME: REFUSED}), TOKEN, "error", "AADSTS7000222", "make a new secret", id="token-refused"
        ),
        pytest.param(
            Neighbours(tokens={HOME: TokenUnavailable("nobody answered")}),
            TOKEN,
            "error",
            "nobody answered",
            "LOGIN_URL",
            id="token-without-a-hint",
        ),
        pytest.param(
            Neighbours(tokens={HOME: token(aud="Graph")}),
            TOKEN,
            "error",
            "without Calls.Initiate.All",
            "consent",
            id="consent-missing",
        ),
        pytest.param(
            Neighbours(tables={"targets": DENIED}),
            "Table targets",
            "error",
            "may not read",
            "Data Reader",
            id="no-reader",
        ),
        pytest.param(
            Neighbours(tables={"calls": DENIED}),
            "Table calls",
            "error",
            "may not write",
            "Data Contributor",
            id="no-writer",
        ),
        pytest.param(
            Neighbours(tables={"routes": AWAY}),
            "Table routes",
            "error",
            "ServiceRequestError",
            "firewall",
            id="read-away",
        ),
        pytest.param(
            Neighbours(tables={"state": AWAY}),
            "Table state",
            "error",
            "ServiceRequestError",
            "firewall",
            id="write-away",
        ),
        pytest.param(
            Neighbours(tables={"targets": TableAccess.NO_TABLE}),
            "Table targets",
            "warning",
            "not there",
            "az storage table create",
            id="no-targets",
        ),
        pytest.param(
            Neighbours(tables={"holidays": TableAccess.NO_TABLE}),
            "Table holidays",
            "ok",
            "need not be",
            "",
            id="no-holidays",
        ),
        pytest.param(
            Neighbours(tables={"calls": TableAccess.NO_TABLE}),
            "Table calls",
            "ok",
            "not there yet",
            "",
            id="no-calls-yet",
        ),
        pytest.param(
            Neighbours(date_=GraphUnreachable("ConnectTimeout")),
            CLOCK,
            "error",
            "ConnectTimeout",
            "GRAPH_URL",
            id="no-graph",
        ),
        pytest.param(Neighbours(date_=None), CLOCK, "warning", "not Graph", "proxy", id="no-date"),
        pytest.param(Neighbours(date_=NOW + timedelta(seconds=31)), CLOCK, "warning", "31 s", "clock", id="31-s-late"),
        pytest.param(
            Neighbours(date_=NOW - timedelta(seconds=301)), CLOCK, "error", "301 s", "clock", id="301-s-early"
        ),
        pytest.param(Neighbours(date_=NOW - timedelta(seconds=30)), CLOCK, "ok", "answers", "", id="30-s-are-nothing"),
    ],
)
def test_each_trouble_has_its_words_and_its_remedy(
    neighbours: Neighbours, part: str, health: str, said: str, remedy: str
) -> None:
    found = examined(neighbours)

    finding = found.pop(part)
    assert finding.health == health
    assert said in finding.said
    assert remedy in finding.remedy
    assert bool(finding.remedy) is (health != "ok")
    assert {other.health for other in found.values()} == {Health.OK}


@pytest.mark.parametrize(
    "opaque", ["", "opaque", "a.b", "a.!!.c", f"a.{base64.b64encode(b'[]').decode()}.c", token(roles=7)]
)
def test_a_token_that_cannot_be_read_is_nothing_to_complain_about(opaque: str) -> None:
    found = examined(Neighbours(tokens={HOME: opaque}))

    assert found[TOKEN].health is Health.OK


def test_one_that_hangs_holds_up_no_other_and_is_told() -> None:
    hangs = threading.Event()

    found = examined(Neighbours(hangs=hangs), seconds=0.3)

    hangs.set()
    assert (found[KEYS].health, found[KEYS].said) == (Health.ERROR, "no answer within 0.3 s")
    assert found["Table state"].health is Health.OK


def test_a_fault_of_our_own_in_one_question_spoils_no_other() -> None:
    found = examined(Neighbours(tables={"calls": ValueError("+436641234567")}))

    assert found["Table calls"].health is Health.ERROR
    assert "ValueError" in found["Table calls"].said
    assert "+43664" not in found["Table calls"].said
    assert found["Table state"].health is Health.OK


def test_of_each_publisher_it_says_when_its_keys_were_last_read_and_which_forms_came() -> None:
    seen = {TokenForm.ENTRA_V2: NOW, TokenForm.LEGACY: NOW, TokenForm.ENTRA_V1: NOW - timedelta(hours=2)}
    read = "3 at hand, last read at 2026-11-22 14:30 UTC; let in since this instance started: "

    assert examined(Neighbours(keys=(3, 3600.0)))[KEYS].said == f"{read}none"
    assert examined(Neighbours(keys=(3, 3600.0), last_seen=seen))[KEYS].said == (
        f"{read}entra-v1 last at 2026-11-22 13:30 UTC, entra-v2 last at 2026-11-22 15:30 UTC"
    )


def test_without_entras_tokens_the_settings_are_no_better_than_a_warning() -> None:
    found = examined(Neighbours(), token_forms={"legacy"})

    assert found["Settings"].health is Health.WARNING
    assert "TOKEN_FORMS" in found["Settings"].remedy
    assert examined(Neighbours(), token_forms={"entra"})["Settings"].health is Health.OK


def test_callers_without_the_calling_service_are_a_warning() -> None:
    found = examined(Neighbours(), admits_calling_service=False)

    assert found["Settings"].health is Health.WARNING
    assert "CALLER_APP_IDS" in found["Settings"].remedy
    assert examined(Neighbours(), admits_calling_service=True)["Settings"].health is Health.OK


def test_without_a_fallback_the_settings_are_no_better_than_a_warning() -> None:
    found = examined(Neighbours(), has_fallback=False)

    assert found["Settings"].health is Health.WARNING
    assert "FALLBACK_TARGETS" in found["Settings"].remedy


@pytest.mark.parametrize("has_fallback", [True, False])
def test_a_setting_that_counts_as_blank_is_an_error(*, has_fallback: bool) -> None:
    told = ("CLOUD is none of global; its default counts",)

    found = [
        one
        for one in findings(Neighbours(), ignored_settings=told, has_fallback=has_fallback)
        if one.part == "Settings"
    ]

    assert found[0].health is Health.ERROR
    assert found[0].said == "CLOUD is none of global; its default counts"
    assert [one.health for one in found[1:]] == ([] if has_fallback else [Health.WARNING])


def test_the_addresses_that_microsoft_is_given_are_told() -> None:
    found = examined(Neighbours(), base_url="https://bot.contoso.com")

    assert "https://bot.contoso.com/api/calls;" in found["Addresses"].said
    assert "https://bot.contoso.com/api/calls/DAY/CALL" in found["Addresses"].said


def test_what_is_known_of_the_address_for_missed_calls_is_told() -> None:
    known = Finding("Missed calls", Health.ERROR, "retired", "make a workflow")

    assert examined(Neighbours(), missed_calls=(known,))["Missed calls"] == known


def test_each_wrong_setting_is_an_error_of_its_own() -> None:
    found = wrong_settings(("BOT_APP_ID is missing", "CLOUD is none of global"))

    assert [(one.health, one.said) for one in found] == [
        (Health.ERROR, "BOT_APP_ID is missing"),
        (Health.ERROR, "CLOUD is none of global"),
    ]
