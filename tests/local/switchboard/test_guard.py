"""Who may ask: never a page of another site, and nobody without the token."""

import stat
from http import HTTPStatus
from pathlib import Path

import pytest

from local.loopback.messages import Request
from local.switchboard.guard import TOKEN_HEADER, Guard, kept_token

TOKEN = "5" * 32
GUARD = Guard(TOKEN, 7070)
HOST = {"Host": "127.0.0.1:7070"}


def request(**headers: str) -> Request:
    return Request("POST", "/api/calls", HOST | {name.replace("_", "-"): text for name, text in headers.items()})


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no-browser"),
        pytest.param({"Host": "localhost:7070"}, id="localhost"),
        pytest.param({"Origin": "http://127.0.0.1:7070", "Sec_Fetch_Site": "same-origin"}, id="its-own-page"),
        pytest.param({"Sec_Fetch_Site": "none"}, id="the-address-bar"),
    ],
)
def test_its_own_page_and_a_person_may_ask(headers: dict[str, str]) -> None:
    assert GUARD.stranger(request(**headers)) is None


@pytest.mark.parametrize("host", ["evil.example:7070", "127.0.0.1", "127.0.0.1:7071", "evil.example", "", "[::1]:7070"])
def test_another_name_that_leads_here_is_misdirected(host: str) -> None:
    assert GUARD.stranger(request(Host=host)) is HTTPStatus.MISDIRECTED_REQUEST


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "https://127.0.0.1:7070"},
        {"Origin": "http://127.0.0.1:7071"},
        {"Origin": "http://127.0.0.1:7070.evil.example"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ],
)
def test_a_page_of_another_site_is_forbidden(headers: dict[str, str]) -> None:
    assert GUARD.stranger(request(**headers)) is HTTPStatus.FORBIDDEN


@pytest.mark.parametrize(
    ("token", "admitted"), [(TOKEN, True), ("", False), (TOKEN[:-1], False), (TOKEN + "5", False), ("é" * 16, False)]
)
def test_the_token_is_all_of_it_or_nothing(token: str, *, admitted: bool) -> None:
    assert GUARD.has_token(Request("GET", "/", {TOKEN_HEADER: token})) is admitted


def test_a_kept_token_is_the_same_at_the_next_start_and_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "token"

    first, second = kept_token(file), kept_token(file)

    assert first == second
    assert len(first) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "short", "x y" * 20])
def test_a_token_that_is_none_is_replaced(tmp_path: Path, text: str) -> None:
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)

    assert kept_token(file) == kept_token(file) != text


def test_a_token_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN, encoding="utf-8")
    file.chmod(0o644)

    assert kept_token(file) != TOKEN
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_where_none_can_be_kept_each_start_has_its_own(tmp_path: Path) -> None:
    file = tmp_path / "no-folder" / "token"

    assert kept_token(file) != kept_token(file)
