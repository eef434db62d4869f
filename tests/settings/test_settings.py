"""Settings are read from a mapping; whatever is missing or wrong is named, all of it at once, and no secret with it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.directory.model import Target, TargetKind
from shared.core.routing.decisions import RejectReason
from shared.settings.clouds import GLOBAL, USGOV, USGOVDOD
from shared.settings.settings import NAMES, InvalidSettings, Settings

BOT = "24701998-1a73-4d42-8085-bf46ed0ae039"
TENANT = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
OTHER_TENANT = "99999999-9999-4999-8999-999999999999"
IDENTITY = "77777777-7777-4777-8777-777777777777"
BO = "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
NIL = "00000000-0000-0000-0000-000000000000"
STORAGE = "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net"
SECRET = "a-client-secret"

LEAST = {
    "BOT_APP_ID": BOT,
    "BOT_TENANT_ID": TENANT,
    "BOT_CLIENT_SECRET": SECRET,
    "TABLES_CONNECTION_STRING": STORAGE,
    "WEBSITE_HOSTNAME": "app.azurewebsites.net",
}


def settings(**changes: str | None) -> Settings:
    """Read the least that does, with changes; None takes a setting out."""
    return Settings.from_env({name: value for name, value in (LEAST | changes).items() if value is not None})


def problems(env: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(InvalidSettings) as wrong:
        Settings.from_env(env)
    return wrong.value.problems


def problem(**changes: str | None) -> str:
    (only,) = problems({name: value for name, value in (LEAST | changes).items() if value is not None})
    return only


def test_the_least_that_does_gives_the_defaults() -> None:
    read = settings()

    assert (str(read.bot_app_id), str(read.bot_tenant_id), set(read.allowed_tenant_ids)) == (BOT, TENANT, {TENANT})
    assert (read.cloud, read.graph_url, read.login_url) == (GLOBAL, GLOBAL.graph, GLOBAL.login)
    assert (read.openid_metadata_urls, read.token_issuers) == (GLOBAL.legacy.metadata, GLOBAL.legacy.issuers)
    assert (set(read.token_forms), set(map(str, read.caller_app_ids))) == (
        {"legacy", "entra"},
        set(GLOBAL.entra.callers),
    )
    assert (read.public_base_url, read.config_ttl_seconds) == ("https://app.azurewebsites.net", 30.0)
    assert (read.fallback_targets, read.unroutable, read.warm_up) == ((), RejectReason.BUSY, False)
    assert (read.missed_call_webhook, read.missed_call_format, read.missed_call_caller) == (None, "card", "masked")
    assert (str(read.time_zone), read.holiday_country, read.retention_days) == ("UTC", "", 90)


def test_everything_that_is_missing_is_named_at_once() -> None:
    named = problems({})

    for name in ("BOT_APP_ID", "BOT_TENANT_ID", "BOT_CLIENT_SECRET", "TABLES_ENDPOINT", "PUBLIC_BASE_URL"):
        assert sum(name in problem for problem in named) == 1


def test_a_blank_setting_is_a_missing_one() -> None:
    assert problem(BOT_APP_ID="  ") == "BOT_APP_ID is missing"
    assert settings(CLOUD="", CONFIG_TTL_SECONDS=" ", GRAPH_URL="").config_ttl_seconds == 30.0


def test_everything_that_is_wrong_is_named_at_once_and_nothing_of_it_repeated() -> None:
    wrong = "wrong-value-of-a-setting"
    named = problems(dict.fromkeys(NAMES, wrong))

    assert {problem.split()[0] for problem in named} == set(NAMES) - {
        "BOT_CLIENT_SECRET",
        "TABLES_CONNECTION_STRING",
        "TOKEN_ISSUERS",
    }
    assert wrong not in " ".join(named)


def test_secrets_and_numbers_are_in_no_repr() -> None:
    webhook = "https://contoso.com/hook?sig=the-key"
    text = repr(settings(FALLBACK_TARGETS="+12345678901", MISSED_CALL_WEBHOOK=webhook))

    for secret in (SECRET, "c2VjcmV0", "5678901", "the-key"):
        assert secret not in text


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        pytest.param({"BOT_APP_ID": f" {BOT.upper()} "}, "bot_app_id", BOT, id="ids-are-folded"),
        pytest.param(
            {"ALLOWED_TENANT_IDS": f"{TENANT}; {OTHER_TENANT.upper()},"},
            "allowed_tenant_ids",
            {TENANT, OTHER_TENANT},
            id="lists-take-commas-semicolons-and-blanks",
        ),
        pytest.param({"ALLOWED_TENANT_IDS": OTHER_TENANT}, "allowed_tenant_ids", {OTHER_TENANT}, id="not-our-own"),
        pytest.param({"CLOUD": "USGov"}, "cloud", USGOV, id="a-cloud-in-any-case"),
        pytest.param({"CLOUD": "usgovdod"}, "graph_url", USGOVDOD.graph, id="a-clouds-graph"),
        pytest.param(
            {"PUBLIC_BASE_URL": "https://bot.contoso.com/"}, "public_base_url", "https://bot.contoso.com", id="no-slash"
        ),
        pytest.param(
            {"PUBLIC_BASE_URL": "https://bot.contoso.com"},
            "public_base_url",
            "https://bot.contoso.com",
            id="the-base-before-the-host-name",
        ),
        pytest.param(
            {"GRAPH_URL": "https://graph.contoso.com/v1.0/"}, "graph_url", "https://graph.contoso.com", id="no-version"
        ),
        pytest.param({"GRAPH_URL": "http://127.0.0.1:80"}, "graph_url", "http://127.0.0.1:80", id="loopback"),
        pytest.param({"GRAPH_URL": "http://localhost:80"}, "graph_url", "http://localhost:80", id="localhost"),
        pytest.param({"GRAPH_URL": "http://[::1]:80"}, "graph_url", "http://[::1]:80", id="loopback-6"),
        pytest.param(
            {"OPENID_METADATA_URLS": "https://a.example/x http://127.0.0.1:1/y"},
            "openid_metadata_urls",
            ("https://a.example/x", "http://127.0.0.1:1/y"),
            id="metadata",
        ),
        pytest.param(
            {"TOKEN_ISSUERS": "https://a.example,https://a.example/"},
            "token_issuers",
            ("https://a.example", "https://a.example/"),
            id="issuers-keep-their-slash",
        ),
        pytest.param({"TOKEN_FORMS": "Entra"}, "token_forms", {"entra"}, id="one-form"),
        pytest.param({"TOKEN_FORMS": "legacy; entra,"}, "token_forms", {"legacy", "entra"}, id="both-forms"),
        pytest.param({"TOKEN_FORMS": " , "}, "token_forms", {"legacy", "entra"}, id="no-form-is-both"),
        pytest.param(
            {"CALLER_APP_IDS": f"{IDENTITY.upper()} {ANNA}"}, "caller_app_ids", {IDENTITY, ANNA}, id="other-callers"
        ),
        pytest.param(
            {"LOGIN_URL": "https://Login.Microsoftonline.US/"},
            "login_url",
            "https://login.microsoftonline.us",
            id="a-login-in-the-letters-of-its-tokens",
        ),
        pytest.param({"UNROUTABLE": "Ring"}, "unroutable", None, id="leave-it-ringing"),
        pytest.param({"UNROUTABLE": "forbidden"}, "unroutable", RejectReason.FORBIDDEN, id="reject-so"),
        pytest.param({"CONFIG_TTL_SECONDS": "0"}, "config_ttl_seconds", 0.0, id="always-fresh"),
        pytest.param({"CONFIG_TTL_SECONDS": "2.5"}, "config_ttl_seconds", 2.5, id="parts-of-a-second"),
        pytest.param({"WARM_UP": "TRUE"}, "warm_up", True, id="warm"),
        pytest.param({"WARM_UP": "no"}, "warm_up", False, id="cold"),
        pytest.param(
            {"FALLBACK_TARGETS": f"{ANNA.upper()},+1-234-567-8901"},
            "fallback_targets",
            (Target(TargetKind.USER, ANNA), Target(TargetKind.PHONE, "+12345678901")),
            id="who-rings-at-last",
        ),
        pytest.param(
            {"FALLBACK_TARGETS": f"{ANNA},+12345678901,{ANNA.upper()},+1-2345678901"},
            "fallback_targets",
            (Target(TargetKind.USER, ANNA), Target(TargetKind.PHONE, "+12345678901")),
            id="each-once",
        ),
        pytest.param(
            {"FALLBACK_TARGETS": f"+1 (234) 567-8901 \u202a+43 664 123 45 67\u202c {ANNA} {BO}; +1-234-567-8902"},
            "fallback_targets",
            (
                Target(TargetKind.PHONE, "+12345678901"),
                Target(TargetKind.PHONE, "+436641234567"),
                Target(TargetKind.USER, ANNA),
                Target(TargetKind.USER, BO),
                Target(TargetKind.PHONE, "+12345678902"),
            ),
            id="numbers-as-the-tables-take-them",
        ),
        pytest.param({"BOT_CLIENT_SECRET": " s "}, "bot_client_secret", "s", id="blanks-around-a-secret"),
    ],
)
def test_what_is_read(changes: dict[str, str | None], name: str, value: Any) -> None:
    assert getattr(settings(**changes), name) == value


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"BOT_APP_ID": BOT[:-1]}, "BOT_APP_ID is not an id", id="a-digit-short"),
        pytest.param({"CLOUD": "China"}, "no calling API in the China cloud", id="china"),
        pytest.param({"PUBLIC_BASE_URL": "http://127.0.0.1"}, "must begin with https://", id="plain-base"),
        pytest.param({"PUBLIC_BASE_URL": "bot.contoso.com"}, "is not a web address", id="no-scheme"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example?x=1"}, "leave out what follows ? or #", id="a-query"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example#x"}, "leave out what follows ? or #", id="a-fragment"),
        pytest.param({"PUBLIC_BASE_URL": "https://user@a.example"}, "is not a web address", id="a-user"),
        pytest.param({"PUBLIC_BASE_URL": "https://:word@a.example"}, "is not a web address", id="a-password"),
        pytest.param({"PUBLIC_BASE_URL": "https://a example"}, "is not a web address", id="a-blank"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example/\u200b"}, "is not a web address", id="an-unseen-blank"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example:x"}, "is not a web address", id="no-port"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example:99999"}, "is not a web address", id="no-such-port"),
        pytest.param({"PUBLIC_BASE_URL": "https://[1::"}, "is not a web address", id="half-an-address"),
        pytest.param({"PUBLIC_BASE_URL": "https://"}, "is not a web address", id="no-host"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example/bot"}, "nothing after the host", id="another-path"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example/bot/api/calls"}, "nothing after", id="a-path-before-ours"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example/api/v2"}, "nothing after the host", id="no-route-of-ours"),
        pytest.param({"PUBLIC_BASE_URL": "https://a.example/api/check?code=x"}, "follows ?", id="a-key"),
        pytest.param({"WEBSITE_HOSTNAME": None}, "PUBLIC_BASE_URL is missing", id="no-base-at-all"),
        pytest.param({"BOT_CLIENT_SECRET": None}, "nothing proves the bot", id="no-proof"),
        pytest.param({"TABLES_CONNECTION_STRING": None}, "TABLES_CONNECTION_STRING is missing", id="no-tables"),
        pytest.param(
            {"TABLES_CONNECTION_STRING": None, "TABLES_ENDPOINT": "https://a.example"},
            "TABLES_ENDPOINT needs MANAGED_IDENTITY_CLIENT_ID",
            id="nobody-to-open-the-tables",
        ),
        pytest.param(
            {
                "TABLES_CONNECTION_STRING": None,
                "TABLES_ENDPOINT": "http://127.0.0.1:1/a",
                "MANAGED_IDENTITY_CLIENT_ID": IDENTITY,
            },
            "TABLES_ENDPOINT must begin with https://",
            id="a-token-in-the-clear",
        ),
    ],
)
def test_what_is_wrong_is_said_so_that_it_can_be_put_right(changes: dict[str, str | None], told: str) -> None:
    assert told in problem(**changes)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"CLOUD": "mars"}, "CLOUD is none of global, usgov, usgovdod", id="no-cloud"),
        pytest.param({"GRAPH_URL": "http://graph.microsoft.com"}, "only on this machine", id="plain-graph"),
        pytest.param({"GRAPH_URL": "http://127.0.0.1.example"}, "only on this machine", id="looks-like-loopback"),
        pytest.param({"GRAPH_URL": "ftp://127.0.0.1"}, "must begin with https://", id="another-scheme"),
        pytest.param({"LOGIN_URL": "http://127.0.0.1:1"}, "LOGIN_URL must begin with https://", id="plain-login"),
        pytest.param({"CONFIG_TTL_SECONDS": "soon"}, "is not a number of seconds; its default counts", id="no-number"),
        pytest.param({"CONFIG_TTL_SECONDS": "-1"}, "is not between 0 and 3600", id="negative"),
        pytest.param({"CONFIG_TTL_SECONDS": "nan"}, "is not between 0 and 3600", id="not-a-number"),
        pytest.param({"CONFIG_TTL_SECONDS": "3601"}, "is not between 0 and 3600", id="more-than-an-hour"),
        pytest.param({"UNROUTABLE": "sing"}, "UNROUTABLE is none of busy, none, forbidden, ring", id="no-reason"),
        pytest.param(
            {"TOKEN_FORMS": "legacy,entar"}, "TOKEN_FORMS is not legacy, entra or both", id="a-slip-of-the-pen"
        ),
        pytest.param({"CALLER_APP_IDS": "x"}, "CALLER_APP_IDS (entry 1) is not an id", id="no-app"),
        pytest.param({"WARM_UP": "maybe"}, "WARM_UP is neither true nor false", id="maybe"),
        pytest.param({"RETENTION_DAYS": "0"}, "RETENTION_DAYS", id="kept-for-no-day"),
        pytest.param({"MISSED_CALL_WEBHOOK": "http://contoso.com/x?sig=1"}, "begin with https", id="plain-webhook"),
        pytest.param({"MISSED_CALL_WEBHOOK": "https://contoso.com/a b"}, "is not a web address", id="blank-webhook"),
        pytest.param({"MISSED_CALL_WEBHOOK": "https://contoso..com/a"}, "is not a web address", id="no-such-host"),
        pytest.param({"MISSED_CALL_FORMAT": "fax"}, "MISSED_CALL_FORMAT is none of card, json", id="fax"),
        pytest.param({"MISSED_CALL_DAILY": "7h30"}, "; it counts as missing", id="no-time"),
        pytest.param({"MISSED_CALL_DAILY": "07:30Z"}, "is not a time such as 07:30", id="a-time-with-a-zone"),
        pytest.param({"MISSED_CALL_CALLER": "half"}, "is none of full, masked, none", id="half-a-caller"),
    ],
)
def test_a_mistake_that_need_not_stop_the_app_costs_its_default_alone(changes: dict[str, str], told: str) -> None:
    read = settings(**changes)

    (ignored,) = read.ignored
    assert told in str(ignored)
    assert replace(read, ignored=()) == settings(**dict.fromkeys(changes))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("1.23457E+10", "cannot be read: a spreadsheet shortened this number", id="shortened"),
        pytest.param("12345678901", "cannot be read: a phone number must start with +", id="the-plus-is-gone"),
        pytest.param("+12345678901\ufe0e", "(holds U+FE0E VARIATION SELECTOR-15)", id="a-sign-that-is-not-seen"),
    ],
)
def test_a_fallback_target_that_is_none_says_what_happened_to_it(text: str, says: str) -> None:
    (wrong,) = settings(FALLBACK_TARGETS=text).ignored

    assert says in wrong.why


def test_a_wrong_entry_of_a_list_takes_no_other_with_it() -> None:
    read = settings(
        FALLBACK_TARGETS=f"0664123456,{NIL},{ANNA}",
        ALLOWED_TENANT_IDS=f"{OTHER_TENANT} x",
        OPENID_METADATA_URLS="http://a b",
    )

    assert read.fallback_targets == (Target(TargetKind.USER, ANNA),)
    assert read.allowed_tenant_ids == {OTHER_TENANT}
    assert read.openid_metadata_urls == GLOBAL.legacy.metadata
    assert [one.name for one in read.ignored] == [
        "ALLOWED_TENANT_IDS",
        "FALLBACK_TARGETS",
        "FALLBACK_TARGETS",
        "OPENID_METADATA_URLS",
        "OPENID_METADATA_URLS",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"MANAGED_IDENTITY_CLIENT_ID": "x"}, id="an-identity-beside-a-secret"),
        pytest.param({"TABLES_ENDPOINT": "a.table.core.windows.net"}, id="an-endpoint-beside-a-connection-string"),
    ],
)
def test_what_another_setting_stands_in_for_stops_nothing(changes: dict[str, str]) -> None:
    assert [one.name for one in settings(**changes).ignored] == list(changes)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"MANAGED_IDENTITY_CLIENT_ID": "x", "BOT_CLIENT_SECRET": None}, id="nothing-else-proves-it"),
        pytest.param({"TABLES_ENDPOINT": "x", "TABLES_CONNECTION_STRING": None}, id="no-other-tables"),
    ],
)
def test_what_nothing_stands_in_for_stops_the_app_by_its_mistake(changes: dict[str, str | None]) -> None:
    assert problem(**changes).startswith(next(iter(changes)))


def test_settings_that_stop_the_app_name_the_other_mistakes_too() -> None:
    named = problems(LEAST | {"BOT_APP_ID": "x", "UNROUTABLE": "sing", "RETENTION_DAYS": "0"})

    assert [one.split()[0] for one in named] == ["BOT_APP_ID", "UNROUTABLE", "RETENTION_DAYS"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "//",
        "/api",
        "/api/",
        "/API/Calls",
        "/api/calls",
        "/api/calls/",
        "//api//calls//",
        "/api/calls/2026-11-22/491f0b00-ffff-4bc9-a43e-b226498ec22a",
        "/api/calls/{day}/{callId}",
        "/api/check",
        "/api/health",
        "/api/messages",
    ],
)
def test_a_base_that_holds_a_route_of_ours_is_taken_to_its_host(path: str) -> None:
    read = settings(PUBLIC_BASE_URL=f"https://bot.contoso.com:8443{path}")

    assert (read.public_base_url, read.ignored) == ("https://bot.contoso.com:8443", ())


def test_a_managed_identity_needs_no_secret() -> None:
    read = settings(
        BOT_CLIENT_SECRET=None,
        TABLES_CONNECTION_STRING=None,
        MANAGED_IDENTITY_CLIENT_ID=IDENTITY,
        TABLES_ENDPOINT="https://a.table.core.windows.net/",
    )

    assert (read.managed_identity_client_id, read.tables_endpoint) == (IDENTITY, "https://a.table.core.windows.net")


@pytest.mark.parametrize(
    ("graph", "audience"),
    [("http://127.0.0.1:1", "https://graph.microsoft.com"), ("https://graph.contoso.com", "https://graph.contoso.com")],
)
def test_a_graph_on_this_machine_stands_in_for_the_clouds_own(graph: str, audience: str) -> None:
    assert settings(GRAPH_URL=graph).token_audience == audience


@given(st.dictionaries(st.sampled_from([*NAMES, "WEBSITE_HOSTNAME"]), st.text(max_size=60)))
def test_no_text_at_all_makes_it_fail_otherwise_than_by_its_name(env: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as wrong:
        Settings.from_env(env)
    assert all(any(name in problem for name in NAMES) for problem in wrong.value.problems)
