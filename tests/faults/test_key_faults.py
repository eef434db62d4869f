"""Microsoft's key server in trouble: genuine calls come in, forged ones do not, and neither waits for the other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from local.azurite import Azurite
from local.loopback.faults import Fault, Hang, Reset, Says
from local.microsoft.exchange.call import Call
from local.microsoft.exchange.call_script import Delivery, IncomingCall
from local.microsoft.identity.notification_tokens import CALLING_SERVICE
from local.microsoft.identity.token_forms import TokenForm
from local.microsoft.simulator import Microsoft
from tests.faults.line import Line, line, new_id

HOUR = 3600.0


@pytest.fixture
def microsoft() -> Iterator[Microsoft]:
    """Give a Microsoft to each test: its keys are turned over here."""
    with Microsoft(speed=20.0) as microsoft:
        yield microsoft


@pytest.fixture
def app(storage: Azurite, microsoft: Microsoft) -> Iterator[Line]:
    with line(storage, microsoft) as app:
        yield app


def entras(app: Line, form: TokenForm, **claims: Any) -> str:
    """Sign as Entra does for the calling service, by the clock's own time."""
    ahead = (app.clock.now() - datetime.now(UTC)).total_seconds()
    return app.microsoft.signing.token(form, expires_in=300 + ahead, **claims)


def fetches(app: Line) -> int:
    return app.asked("metadata")


def placed(app: Line) -> Call:
    """Let a call ring whose notification the test delivers itself, by the app's own clock."""
    return app.microsoft.exchange.ring(IncomingCall(delivery=Delivery(incoming=0), hangs_up_after=8))


def both(app: Line, trouble: Fault) -> None:
    app.microsoft.metadata.will_always_answer(trouble)
    app.microsoft.keys.will_always_answer(trouble)


def well(app: Line) -> None:
    app.microsoft.metadata.behaves()
    app.microsoft.keys.behaves()


@pytest.mark.parametrize("trouble", [Says(503), Reset(), Hang(30), Says(200, html=True)], ids=str)
def test_an_outage_of_six_hours_costs_a_warm_app_no_call(app: Line, trouble: Fault) -> None:
    app.warm()
    both(app, trouble)
    answers = []
    for _ in range(24):
        app.clock.advance(HOUR / 4)
        answers.append(app.deliver(placed(app)))

    assert answers == [202] * 24


def test_an_outage_from_one_refresh_to_the_next_costs_no_call_either(app: Line) -> None:
    app.warm()
    before = fetches(app)
    both(app, Says(503))
    app.clock.advance(13 * HOUR)

    answers = [app.deliver(placed(app)) for _ in range(20)]

    assert answers == [202] * 20
    assert fetches(app) - before <= 2


def test_a_cold_app_without_keys_answers_503_and_heals_with_its_next_call(app: Line) -> None:
    both(app, Says(503))
    lost = app.ring()
    well(app)
    app.clock.advance(1)
    began = app.clock.monotonic()

    healed = app.ring()

    assert (lost.notified, app.sent(lost.id)) == (503, [])
    assert (healed.notified, len(healed.happened("redirected"))) == (202, 1)
    assert app.clock.monotonic() - began <= 5


def test_three_hundred_forgeries_while_the_server_hangs_hold_up_nobody(app: Line) -> None:
    app.warm()
    before = fetches(app)
    app.microsoft.metadata.will_always_answer(Hang(30))
    forged = [
        app.microsoft.signing.token(header={"kid": new_id()}, key=app.microsoft.signing.stranger) for _ in range(300)
    ]
    genuine = [placed(app) for _ in range(5)]

    with ThreadPoolExecutor(60) as strangers:
        flood = [strangers.submit(app.post, {}, token=token) for token in forged]
        answers = [app.deliver(call) for call in genuine]
        waiting = sum(not attempt.done() for attempt in flood)
        statuses = {attempt.result() for attempt in flood}

    assert answers == [202] * 5
    assert waiting > 0  # they were still held when the last genuine call had its answer
    assert statuses == {503}
    assert fetches(app) - before <= 4


def test_a_burst_of_calls_with_a_new_key_reads_the_keys_once(storage: Azurite, microsoft: Microsoft) -> None:
    with line(storage, microsoft, waits=True) as app:
        app.warm()
        before = fetches(app)
        app.microsoft.signing.legacy.rotate()

        with ThreadPoolExecutor(20) as callers:
            answers = [call.notified for call in callers.map(lambda _: app.ring(), range(20))]

        assert answers == [202] * 20
        assert fetches(app) - before == 1


@pytest.mark.parametrize("form", [TokenForm.ENTRA_V1, TokenForm.ENTRA_V2])
def test_a_call_that_entra_signed_for_rings(app: Line, form: TokenForm) -> None:
    call = placed(app)

    assert app.deliver(call, token=entras(app, form)) == 202
    assert len(app.sent(call.id)) == 1
    assert [event["form"] for event in app.events("call.redirected")] == [form]


@pytest.mark.parametrize("trouble", [Says(503), Reset(), Hang(30), Says(200, html=True)], ids=str)
def test_a_cold_app_takes_either_form_while_the_others_publisher_is_away(app: Line, trouble: Fault) -> None:
    app.microsoft.metadata.will_always_answer(trouble)
    during = [app.deliver(placed(app), token=entras(app, TokenForm.ENTRA_V2)), app.deliver(placed(app))]
    app.microsoft.metadata.behaves()
    app.clock.advance(1)

    assert during == [202, 503]
    assert app.deliver(placed(app)) == 202


def test_a_refused_token_that_names_the_calling_service_is_an_event_of_its_own(
    storage: Azurite, microsoft: Microsoft
) -> None:
    stranger = "99999999-9999-4999-8999-999999999999"
    with line(storage, microsoft) as app:
        app.warm()
        assert app.deliver(placed(app), token=entras(app, TokenForm.ENTRA_V2)) == 202

        unknown = app.post({}, token=entras(app, TokenForm.ENTRA_V2, iss="https://calls.teams.example/x"))
        strangers = app.post({}, token=entras(app, TokenForm.ENTRA_V2, azp=stranger))

        assert (unknown, strangers) == (401, 401)
        assert app.events("caller.refused_microsoft") == [
            {
                "event": "caller.refused_microsoft",
                "reason": "an issuer that this key may not sign for",
                "issuer": "calls.teams.example",
                "form": "unknown",
                "app": CALLING_SERVICE,
                "kid": app.microsoft.signing.entra.current.kid,
            }
        ]
        assert [stranger in event["why"] for event in app.events("caller.refused")] == [True]


def test_the_calling_service_that_callers_leave_out_is_no_stranger(storage: Azurite, microsoft: Microsoft) -> None:
    settings = {"CALLER_APP_IDS": "99999999-9999-4999-8999-999999999999"}
    with line(storage, microsoft, settings=settings) as app:
        answers = [app.post({}, token=entras(app, form)) for form in (TokenForm.ENTRA_V1, TokenForm.ENTRA_V2)]

        assert answers == [401, 401]
        assert [event["app"] for event in app.events("caller.refused_microsoft")] == [CALLING_SERVICE] * 2


def test_an_issuer_of_entras_that_somebody_lists_opens_no_way_round_the_caller(
    storage: Azurite, microsoft: Microsoft
) -> None:
    listed = f"https://sts.windows.net/{microsoft.tenant}/ https://api.botframework.com"
    keys = f"{microsoft.login_url}/common/v2.0/.well-known/openid-configuration"
    settings = {"TOKEN_ISSUERS": listed, "OPENID_METADATA_URLS": keys}
    with line(storage, microsoft, settings=settings) as app:
        stranger = entras(app, TokenForm.ENTRA_V1, appid="99999999-9999-4999-8999-999999999999")

        assert app.post({}, token=stranger) == 401
        assert app.deliver(placed(app), token=entras(app, TokenForm.ENTRA_V1)) == 202
