"""The faults and refusals say what they must, and no more than they may."""

import pytest

from shared.core import refusals
from shared.core.errors import TokenPending, TokenUnavailable
from shared.core.refusals import RefusedRequest

STATUS = {
    "TooLarge": (413, "too_large"),
    "NotFromMicrosoft": (401, "unauthorized"),
    "NoToken": (401, "unauthorized"),
    "TenantNotAllowed": (403, "tenant_not_allowed"),
    "Unreadable": (400, "unreadable"),
    "BodyDropped": (503, "body_dropped"),
    "InvalidQuestion": (400, "question_unclear"),
    "KeysUnavailable": (503, "keys_unavailable"),
    "Misconfigured": (503, "misconfigured"),
}


@pytest.mark.parametrize("name", STATUS)
def test_a_refusal_shows_its_reason_and_keeps_its_detail(name: str) -> None:
    kind: type[RefusedRequest] = getattr(refusals, name)

    refusal = kind("body.value[0] is 7")

    assert (refusal.status, refusal.reason) == STATUS[name]
    assert refusal.detail == "body.value[0] is 7"
    assert str(refusal) == f"{refusal.reason}: body.value[0] is 7"
    assert "7" not in refusal.message
    assert str(kind()) == refusal.reason


def test_every_refusal_is_tested() -> None:
    here = {
        name for name, kind in vars(refusals).items() if isinstance(kind, type) and issubclass(kind, RefusedRequest)
    }

    assert here == {"RefusedRequest", *STATUS}


def test_only_a_token_that_came_is_called_invalid_and_the_body_is_the_same() -> None:
    none, bad = refusals.NoToken("none"), refusals.NotFromMicrosoft("bad")

    assert (none.challenge, bad.challenge) == ("Bearer", 'Bearer error="invalid_token"')
    assert (none.reason, none.message) == (bad.reason, bad.message)
    assert {getattr(refusals, name)().challenge for name in STATUS if STATUS[name][0] != 401} == {""}


def test_an_unclear_question_names_its_part() -> None:
    refusal = refusals.InvalidQuestion("at", message="`at` is no time.")

    assert (refusal.detail, refusal.message) == ("at", "`at` is no time.")


def test_a_missing_token_says_what_to_renew() -> None:
    missing = TokenUnavailable("invalid_client", "renew BOT_CLIENT_SECRET")

    assert (missing.reason, missing.hint, str(missing)) == (
        "invalid_client",
        "renew BOT_CLIENT_SECRET",
        "invalid_client",
    )
    assert TokenUnavailable("timed out").hint == ""


def test_a_token_that_is_being_fetched_is_a_missing_one_to_whoever_cannot_wait() -> None:
    assert isinstance(TokenPending("no token came within 1.0 s"), TokenUnavailable)
