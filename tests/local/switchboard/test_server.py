"""The server of the page: what it serves to whom, and its stream of changes."""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import requests

from local.switchboard.asks import Unclear
from local.switchboard.feed import Feed
from local.switchboard.guard import TOKEN_HEADER, Guard
from local.switchboard.server import Ask, Switchboard
from tests.support.switchboard import Stream

TOKEN = "7" * 32
ME = {TOKEN_HEADER: TOKEN}


def asks(parts: list[str]) -> Ask | None:
    def unclear(_: dict[str, Any]) -> dict[str, Any]:
        raise Unclear("not so")

    known: dict[str, Ask] = {"echo": lambda asked: {"told": asked}, "unclear": unclear}
    return known.get("/".join(parts))


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def url(feed: Feed) -> Iterator[str]:
    switchboard = Switchboard(feed, asks, partial(Guard, TOKEN)).start()
    yield switchboard.url
    switchboard.stop()


def post(url: str, path: str = "echo", **options: Any) -> requests.Response:
    sent: dict[str, Any] = {"json": {"a": 1}, "headers": ME} | options
    return requests.post(f"{url}/api/{path}", timeout=10, **sent)


def events(url: str, last: str = "", count: int = 1) -> list[dict[str, str]]:
    with Stream(url, last, TOKEN) as stream:
        return list(itertools.islice(stream.events(), count))


@pytest.mark.parametrize("path", ["/", "/style.css", "/script.js", "/icon.svg"])
def test_the_page_needs_no_token_and_holds_no_secret(url: str, path: str) -> None:
    answer = requests.get(url + path, timeout=10)

    assert answer.status_code == 200
    assert TOKEN not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/../server.py", 404),
        ("GET", "/%2e%2e/server.py", 404),
        ("POST", "/", 405),
        ("GET", "/api/echo", 405),
        ("POST", "/api/events", 405),
        ("POST", "/api/nothing", 404),
        ("OPTIONS", "/api/echo", 405),
    ],
)
def test_what_is_not_served(url: str, method: str, path: str, status: int) -> None:
    assert requests.request(method, url + path, headers=ME, timeout=10).status_code == status


@pytest.mark.parametrize("path", ["echo", "events", "nothing"])
@pytest.mark.parametrize("headers", [{}, {TOKEN_HEADER: "wrong"}])
def test_without_the_token_nothing_answers(url: str, path: str, headers: dict[str, str]) -> None:
    assert post(url, path, headers=headers).status_code == 401
    assert requests.get(f"{url}/api/{path}", headers=headers, timeout=10).status_code == 401


@pytest.mark.parametrize("path", ["/", "/api/echo", "/api/events"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_another_site_gets_nothing_even_with_the_token(
    url: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = requests.get(url + path, headers=ME | headers, timeout=10)

    assert answer.status_code == status
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"a": 1}}, 200),
        ({"json": [1]}, 400),
        ({"data": b"{", "json": None, "headers": ME | {"Content-Type": "application/json"}}, 400),
        ({"data": b"[" * 16_000, "json": None, "headers": ME | {"Content-Type": "application/json"}}, 400),
        ({"data": b"\xff", "json": None, "headers": ME | {"Content-Type": "application/json"}}, 400),
        ({"data": {"a": 1}, "json": None}, 415),
        ({"data": b"{}", "json": None, "headers": ME | {"Content-Type": "text/plain"}}, 415),
        ({"json": {"a": "x" * 20_000}}, 413),
    ],
)
def test_a_question_is_an_object_of_json(url: str, sent: dict[str, Any], status: int) -> None:
    assert post(url, **sent).status_code == status


def test_what_cannot_be_done_is_said_in_words(url: str) -> None:
    answer = post(url, "unclear")

    assert answer.status_code == 422
    assert answer.json() == {"error": {"message": "not so"}}


def test_a_stream_begins_with_all_there_is(url: str, feed: Feed) -> None:
    feed.publish("a", 1)
    feed.publish("a", 2)

    begin, update = events(url, count=2)

    assert begin["event"] == "begin"
    assert json.loads(begin["data"])["run"] == feed.run
    assert json.loads(update["data"]) == {"key": "a", "value": 2}
    assert update["id"] == f"{feed.run}-2"


def test_a_stream_goes_on_where_it_broke_off(url: str, feed: Feed) -> None:
    for value in (1, 2, 3):
        feed.publish("a", value)

    beat, first, second = events(url, last=f"{feed.run}-1", count=3)

    assert beat["event"] == "beat"
    assert [json.loads(one["data"])["value"] for one in (first, second)] == [2, 3]


@pytest.mark.parametrize("last", ["another-1", "1", "x", "-1"])
def test_a_stream_of_another_run_begins_anew(url: str, feed: Feed, last: str) -> None:
    feed.publish("a", 1)

    assert events(url, last=last)[0]["event"] == "begin"


def test_many_open_pages_are_bounded_and_a_closed_one_makes_room(url: str) -> None:
    streams = [Stream(url, token=TOKEN) for _ in range(16)]
    with Stream(url, token=TOKEN) as refused:
        assert [one.status for one in streams] == [200] * 16
        assert refused.status == 503

    for stream in streams:
        stream.close()
    with Stream(url, token=TOKEN) as again:
        assert again.status == 200


def test_stopping_ends_all_streams(feed: Feed) -> None:
    switchboard = Switchboard(feed, asks, partial(Guard, TOKEN)).start()
    with Stream(switchboard.url, token=TOKEN) as stream:
        events = stream.events()
        assert next(events)["event"] == "begin"

        switchboard.stop()

        assert list(events) == []


def test_pages_that_have_gone_leave_no_thread_behind(url: str) -> None:
    before = threading.active_count()

    for _ in range(30):
        assert events(url)[0]["event"] == "begin"
        assert post(url).status_code == 200

    end = time.monotonic() + 30
    while threading.active_count() > before:
        assert time.monotonic() < end, [thread.name for thread in threading.enumerate()]
        time.sleep(0.05)
