"""The local host answers as the real Functions host does. Every test goes over HTTP to a host of its own process."""

import errno
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.host.files import local_settings
from local.processes import PROJECT, NotStarted, Running, free_port, running, running_host

APPS = Path(__file__).parent / "apps"
EXCHANGE = {"PYTHON_SCRIPT_FILE_NAME": "exchange.py", "PYTHON_THREADPOOL_THREAD_COUNT": "64"}
MINIMAL_APP = """
import os
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route("setting/{name}")
def setting(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(os.environ.get(req.route_params["name"], "(unset)"))
"""


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def seen(self) -> Any:
        return json.loads(self.body)


def ask(
    host: Running, method: str, target: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answered:
    with closing(http.client.HTTPConnection(urlsplit(host.url).netloc, timeout=20)) as connection:
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        return Answered(
            response.status, {name.lower(): value for name, value in response.headers.items()}, response.read()
        )


def say(host: Running, raw: bytes) -> bytes:
    """Send bytes as they are, and give all that comes back until the host hangs up."""
    address = urlsplit(host.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(raw)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def run_host(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a host that is expected to end by itself."""
    return subprocess.run(  # noqa: S603  our own host, no shell
        [sys.executable, "-m", "local.host", *arguments],
        cwd=PROJECT,
        env=environment or os.environ,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


@pytest.fixture(scope="module")
def host() -> Iterator[Running]:
    with running_host(EXCHANGE, app=APPS) as running_exchange:
        yield running_exchange


@pytest.fixture(scope="module")
def guarded_host() -> Iterator[Running]:
    options = ("--enforce-keys", "--function-key", "front-door", "--master-key", "whole-house")
    with running_host(EXCHANGE, app=APPS, options=options) as running_exchange:
        yield running_exchange


def test_the_ready_line_is_followed_by_every_function(host: Running) -> None:
    assert host.wait_until(lambda: any("heartbeat_that_fails" in line for line in host.printed), 5)
    assert host.printed[0] == f"call redirect: listening on {host.url}"
    assert "  call: GET,POST /api/calls/{day}/{callId?}" in host.printed
    assert "  late_line: any method /api/lines/main" in host.printed
    assert "  heartbeat: timerTrigger 0 */10 * * * *" in host.printed


@pytest.mark.parametrize(
    ("target", "function", "parameters"),
    [
        pytest.param("/api/calls/2026-01-05/abc", "call", {"day": "2026-01-05", "callId": "abc"}, id="parameters"),
        pytest.param("/api/calls/2026-01-05", "call", {"day": "2026-01-05"}, id="optional-left-out"),
        pytest.param("/api/calls/2026-01-05/abc/", "call", {"day": "2026-01-05", "callId": "abc"}, id="slash-at-end"),
        pytest.param("/API/Calls/D/AbC", "call", {"day": "D", "callId": "AbC"}, id="case-of-literals-only"),
        pytest.param("/api/lines/main", "early_line", {"line": "main"}, id="first-by-name-shadows-a-literal"),
        pytest.param("/api/extension/-42", "extension", {"number": "-42"}, id="int"),
        pytest.param("/api/extension/Desk", "extension_word", {"word": "Desk"}, id="alpha"),
        pytest.param(
            "/api/extension/0F8FAD5B-d9cb-469f-a165-70867728950e",
            "extension_z",
            {"id": "0F8FAD5B-d9cb-469f-a165-70867728950e"},
            id="guid",
        ),
        pytest.param("/api/recordings/2026/a.wav", "recordings", {"file": "2026/a.wav"}, id="rest"),
        pytest.param("/api/recordings", "recordings", {}, id="empty-rest"),
        pytest.param("/api/async/x", "call_async", {"callId": "x"}, id="async-function"),
        pytest.param("/api/async/a%20b%C3%A9", "call_async", {"callId": "a bé"}, id="decoded-as-utf-8"),
        pytest.param("/api/async/a%2Fb%2fc", "call_async", {"callId": "a%2Fb%2fc"}, id="slash-stays-encoded"),
        pytest.param("/api/async/a%252Fb", "call_async", {"callId": "a%2Fb"}, id="decoded-once"),
        pytest.param("/api/async/a%FFb%zz", "call_async", {"callId": "a%FFb%zz"}, id="not-utf-8-stays-encoded"),
        pytest.param("/api/async/a+b;c'%0d%0a", "call_async", {"callId": "a+b;c'\r\n"}, id="plus-and-line-ends"),
        pytest.param("/api/calls/../async/./x", "call_async", {"callId": "x"}, id="dot-segments-go"),
        pytest.param("/api/calls/%2e%2e/async/x", "call_async", {"callId": "x"}, id="encoded-dot-segments-go"),
    ],
)
def test_a_path_reaches_its_function(host: Running, target: str, function: str, parameters: dict[str, str]) -> None:
    answered = ask(host, "GET", target)

    assert answered.status == 200
    assert (answered.seen["function"], answered.seen["route"]) == (function, parameters)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        pytest.param("DELETE", "/api/calls/2026-01-05/abc", 404, id="wrong-method-is-never-405"),
        pytest.param("RING", "/api/calls/2026-01-05/abc", 404, id="invented-method"),
        pytest.param("GET", "/api/nothing", 404, id="unknown"),
        pytest.param("GET", "/calls/2026-01-05", 404, id="without-the-prefix"),
        pytest.param("GET", "/api/async//", 404, id="empty-segment"),
        pytest.param("GET", "/api/async/x//", 404, id="empty-segment-last"),
        pytest.param("GET", "//api/async/x", 404, id="empty-segment-first"),
        pytest.param("GET", "/api/extension/a1", 404, id="no-constraint-holds"),
        pytest.param("GET", "/api/extension/", 404, id="nothing-for-a-parameter"),
        pytest.param("GET", "/api/admin/lines", 404, id="reserved-route-refused"),
        pytest.param("GET", "/api/async/a%00b", 400, id="null-character"),
    ],
)
def test_other_paths_reach_nothing(host: Running, method: str, target: str, status: int) -> None:
    answered = ask(host, method, target)

    assert (answered.status, answered.body) == (status, b"")


def test_the_root_is_200(host: Running) -> None:
    assert ask(host, "GET", "/").status == 200


def test_a_reserved_route_is_named_in_the_log(host: Running) -> None:
    assert any("reserved is not served" in line and "'admin/lines'" in line for line in host.log)


def test_headers_and_query_arrive_as_the_worker_gets_them_in_azure(host: Running) -> None:
    raw = (
        b"GET /api/async/x?empty=&Line=1&line=2&line=&name=a+b%26c&bare HTTP/1.1\r\n"
        b"Host: calls.example\r\nX-Two: a\r\nx-two: b\r\nX-None:\r\nX-Name: \xc3\xa9\r\nConnection: close\r\n\r\n"
    )

    head, _, body = say(host, raw).partition(b"\r\n\r\n")
    seen = json.loads(body)

    assert head.startswith(b"HTTP/1.1 200 ")
    assert seen["query"] == {"Line": "1,2", "name": "a b&c"}
    assert seen["headers"] == {
        "host": "calls.example",
        "x-two": "a,b",
        "x-none": "",
        "x-name": "\u00e9",
        "connection": "close",
    }
    assert seen["url"] == "http://calls.example/api/async/x?empty=&Line=1&line=2&line=&name=a+b%26c&bare"


def test_an_answer_keeps_its_headers(host: Running) -> None:
    headers = ask(host, "GET", "/api/async/x").headers

    assert (headers["x-seen"], headers["content-type"]) == ("yes", "application/json")


def test_the_body_is_the_bytes_that_were_sent(host: Running) -> None:
    body = bytes(range(256)) * 8192

    seen = ask(host, "POST", "/api/calls/2026-01-05", body).seen

    assert (seen["method"], seen["length"]) == ("POST", len(body))
    assert seen["sha256"] == hashlib.sha256(body).hexdigest()


def test_a_body_without_content_length_is_dropped_and_the_connection_goes_on(host: Running) -> None:
    chunked = b"POST /api/calls/d1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"4;x=y\r\nring\r\n0\r\nA: b\r\n\r\n"
    plain = b"POST /api/calls/d2 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nring"

    answers = say(host, chunked + chunks + plain)

    first, second = (json.loads(body) for body in re.findall(rb"\{.*?\}(?=HTTP|$)", answers))
    assert (first["route"], first["length"]) == ({"day": "d1"}, 0)
    assert (second["route"], second["length"]) == ({"day": "d2"}, 4)


def test_a_caller_that_asks_first_is_told_to_go_on(host: Running) -> None:
    address = urlsplit(host.url)
    head = b"POST /api/calls/d HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n"
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(head + b"Expect: 100-continue\r\n\r\n")

        told = connection.recv(1024)
        connection.sendall(b"ring")
        answered = b"".join(iter(lambda: connection.recv(65536), b""))

    assert told.startswith(b"HTTP/1.1 100 ")
    assert b'"length": 4' in answered


@pytest.mark.parametrize("target", ["/api/crossed", "/api/crossed/async"])
def test_an_exception_is_500_with_an_empty_body_and_the_reason_in_the_log(host: Running, target: str) -> None:
    answered = ask(host, "PATCH", target)

    assert (answered.status, answered.body) == (500, b"")
    assert host.wait_until(lambda: "RuntimeError: the line is crossed at PATCH" in "\n".join(host.log), 5)


@pytest.mark.parametrize("line", ["a%0d%0aSet-Cookie:%20b", "a%01b", "%C3%A9"])
def test_a_request_cannot_put_into_an_answer_what_is_no_header(host: Running, line: str) -> None:
    answered = ask(host, "GET", f"/api/split?line={line}")

    assert (answered.status, answered.body) == (500, b"")
    assert "set-cookie" not in answered.headers


def test_204_has_no_body_and_head_none_either(host: Running) -> None:
    quiet = ask(host, "GET", "/api/quiet")
    head = say(host, b"HEAD /api/async/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")

    assert (quiet.status, quiet.headers.get("content-length")) == (204, None)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert head.endswith(b"\r\n\r\n")


def test_the_trace_id_is_kept_under_a_new_span(host: Running) -> None:
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

    seen = ask(host, "GET", "/api/async/x", headers={"traceparent": f"00-{trace}-{span}-01", "tracestate": "a=b"}).seen
    version, seen_trace, seen_span, flags = seen["trace_parent"].split("-")

    assert (version, seen_trace, flags, seen["trace_state"]) == ("00", trace, "01", "a=b")
    assert seen_span != span
    assert len(seen_span) == 16


def test_a_broken_traceparent_begins_a_new_trace(host: Running) -> None:
    seen = ask(host, "GET", "/api/async/x", headers={"traceparent": "00-short-1-01", "tracestate": "a=b"}).seen

    assert len(seen["trace_parent"]) == 55
    assert seen["trace_state"] == ""


def test_a_connection_serves_many_requests(host: Running) -> None:
    with closing(http.client.HTTPConnection(urlsplit(host.url).netloc, timeout=10)) as connection:
        ports = set()
        for day in ("d1", "d2", "d3"):
            connection.request("POST", f"/api/calls/{day}", b"ring")
            response = connection.getresponse()
            assert json.loads(response.read())["route"] == {"day": day}
            ports.add(connection.sock.getsockname()[1])

    assert len(ports) == 1


def test_as_many_sync_functions_run_at_once_as_the_pool_has_threads(host: Running) -> None:
    with ThreadPoolExecutor(20) as callers:
        statuses = list(callers.map(lambda _: ask(host, "GET", "/api/together").status, range(20)))

    assert statuses == [200] * 20


def test_200_calls_at_once_are_all_answered(host: Running) -> None:
    with ThreadPoolExecutor(200) as callers:
        days = list(
            callers.map(lambda n: ask(host, "POST", f"/api/calls/{n}", b"ring").seen["route"]["day"], range(200))
        )

    assert days == [str(n) for n in range(200)]


def test_an_event_is_one_whole_line_of_the_log(host: Running) -> None:
    ask(host, "GET", "/api/log")

    assert host.wait_for_event("line.busy") == {"event": "line.busy", "line": "a\nb"}
    assert 'INFO {"event": "line.busy", "line": "a\\nb"}' in host.log
    assert not any("Function name" in line for line in host.log)


def test_an_event_that_never_comes_is_a_time_out_that_shows_the_log(host: Running) -> None:
    with pytest.raises(TimeoutError, match=r"no event line\.free in 0\.01 s; the log: \["):
        host.wait_for_event("line.free", within=0.01)


def test_a_timer_runs_when_posted_to(host: Running) -> None:
    answered = ask(host, "POST", "/admin/functions/heartbeat", b"{}")

    assert (answered.status, answered.body) == (202, b"")
    assert host.wait_for_event("heartbeat.run")["past_due"] is False


def test_a_timer_that_fails_says_so_in_the_log(host: Running) -> None:
    answered = ask(host, "POST", "/admin/functions/HEARTBEAT_that_fails", b'{"input": ""}')

    assert answered.status == 202
    assert host.wait_until(lambda: "RuntimeError: no heartbeat, past due False" in "\n".join(host.log), 5)


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        pytest.param("POST", "/admin/functions/heartbeat", b"", 400, id="without-a-body"),
        pytest.param("POST", "/admin/functions/heartbeat", b"[]", 400, id="not-an-object"),
        pytest.param("POST", "/admin/functions/nobody", b"{}", 404, id="unknown-function"),
        pytest.param("POST", "/admin/functions/call", b"{}", 404, id="http-function"),
        pytest.param("GET", "/admin/functions/nobody", b"", 404, id="unknown-function-read"),
        pytest.param("GET", "/admin/other", b"", 404, id="unknown-page"),
    ],
)
def test_the_admin_pages_refuse(host: Running, method: str, target: str, body: bytes, status: int) -> None:
    assert ask(host, method, target, body).status == status


def test_the_admin_pages_list_functions_and_the_status(host: Running) -> None:
    listed = ask(host, "GET", "/admin/functions").seen
    one = ask(host, "GET", "/admin/functions/heartbeat").seen
    status = ask(host, "GET", "/admin/host/status")

    assert {"call", "heartbeat"} <= {function["name"] for function in listed}
    assert one["config"]["bindings"][0]["schedule"] == "0 */10 * * * *"
    assert (status.status, status.seen["state"]) == (200, "Running")


def test_without_enforcement_no_key_is_asked_for(host: Running) -> None:
    assert ask(host, "GET", "/api/keyed").status == 200
    assert ask(host, "GET", "/api/guarded").status == 200


@pytest.mark.parametrize(
    ("target", "header", "status"),
    [
        pytest.param("/api/async/x", None, 200, id="anonymous-needs-none"),
        pytest.param("/api/keyed", None, 401, id="missing"),
        pytest.param("/api/keyed", "wrong", 401, id="wrong"),
        pytest.param("/api/keyed", "wröng", 401, id="not-ascii"),
        pytest.param("/api/keyed", "front-door", 200, id="function-key"),
        pytest.param("/api/keyed", "whole-house", 200, id="master-key-opens-all"),
        pytest.param("/api/keyed?code=front-door", None, 200, id="in-the-query"),
        pytest.param("/api/keyed?Code=front-door", None, 200, id="in-the-query-in-capitals"),
        pytest.param("/api/keyed?code=front-door", "wrong", 401, id="header-wins"),
        pytest.param("/api/keyed?code=wrong", "front-door", 200, id="header-wins-also-when-right"),
        pytest.param("/api/guarded", "front-door", 401, id="function-key-is-no-master-key"),
        pytest.param("/api/guarded", "whole-house", 200, id="master-key"),
        pytest.param("/admin/functions", None, 401, id="admin-page"),
        pytest.param("/admin/functions", "whole-house", 200, id="admin-page-with-master-key"),
        pytest.param("/", None, 200, id="root"),
    ],
)
def test_keys_are_enforced_as_in_azure(guarded_host: Running, target: str, header: str | None, status: int) -> None:
    answered = ask(
        guarded_host, "GET", target, headers={"x-functions-key": header.encode().decode("latin-1")} if header else {}
    )

    assert answered.status == status
    assert status == 200 or answered.body == b""


def test_enforcement_without_keys_closes_everything_but_anonymous() -> None:
    with running_host(EXCHANGE, app=APPS, options=["--enforce-keys"]) as closed:
        assert ask(closed, "GET", "/api/keyed?code=").status == 401
        assert ask(closed, "GET", "/api/async/x").status == 200


def test_the_environment_wins_over_local_settings(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(MINIMAL_APP)
    (tmp_path / "host.json").write_text('{"version": "2.0", "extensions": {"http": {"routePrefix": "line"}}}')
    (tmp_path / "local.settings.json").write_text(
        '\ufeff{"IsEncrypted": false, // so\n"Values": {"IN_BOTH": "file", "IN_FILE": "file//", /* last */},}',
        "utf-8",
    )
    command = [sys.executable, "-m", "local.host", "--app", str(tmp_path), "--port", "0"]

    with running(command, {"IN_BOTH": "environment"}) as host:
        assert ask(host, "GET", "/line/setting/IN_BOTH").body == b"environment"
        assert ask(host, "GET", "/line/setting/IN_FILE").body == b"file//"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
def test_settings_in_any_unicode_with_comments_are_read(encoding: str, tmp_path: Path) -> None:
    text = '{\n// a comment, "with" quotes\n"Values": {"A": "https://a/*b*/c", "B": "\\\\" /* " */, "C": ",}"},\n}'
    (tmp_path / "local.settings.json").write_text(text, encoding)

    assert local_settings(tmp_path) == {"A": "https://a/*b*/c", "B": "\\", "C": ",}"}


def test_a_running_host_knows_nothing_but_the_settings_given(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(MINIMAL_APP)
    (tmp_path / "local.settings.json").write_text('{"Values": {"IN_FILE": "file"}}')

    with running_host({"GIVEN": "yes"}, app=tmp_path) as host:
        assert ask(host, "GET", "/api/setting/GIVEN").body == b"yes"
        assert ask(host, "GET", "/api/setting/IN_FILE").body == b"(unset)"
        # pytest sets it in its own process
        assert os.environ["PYTEST_CURRENT_TEST"]
        assert ask(host, "GET", "/api/setting/PYTEST_CURRENT_TEST").body == b"(unset)"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("local.settings.json", "{", "cannot be read as JSON", id="settings-malformed"),
        pytest.param("local.settings.json", "[]", "must hold a JSON object", id="settings-a-list"),
        pytest.param("local.settings.json", '{"Values": {"A": 1}}', "values are all strings", id="settings-a-number"),
        pytest.param("local.settings.json", '{"IsEncrypted": true}', "encrypted", id="settings-encrypted"),
        pytest.param("host.json", "{", "cannot be read as JSON", id="host-json-malformed"),
    ],
)
def test_a_malformed_file_is_one_line_and_exit_2(tmp_path: Path, name: str, content: str, reason: str) -> None:
    (tmp_path / "function_app.py").write_text(MINIMAL_APP)
    (tmp_path / name).write_text(content)

    ended = run_host("--app", str(tmp_path), "--port", "0")

    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert name in line
    assert reason in line


def test_a_port_in_use_is_one_line_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        ended = run_host("--app", str(APPS), "--port", port)

    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [
        f"call redirect: port {port} is in use: end what listens there, or take another with --port (0: a free one)"
    ]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        pytest.param("import nothing_such", "No module named 'nothing_such'", id="import-error"),
        pytest.param("1 / 0", "ZeroDivisionError: division by zero", id="exception"),
        pytest.param("x = ", "SyntaxError", id="syntax-error"),
        pytest.param("import os", "Could not find top level function app instances", id="no-app-in-it"),
        pytest.param(None, "function_app.py is missing", id="no-file"),
    ],
)
def test_an_app_that_cannot_be_indexed_ends_the_host_with_the_reason(
    tmp_path: Path, script: str | None, reason: str
) -> None:
    if script is not None:
        (tmp_path / "function_app.py").write_text(script)

    with pytest.raises(NotStarted) as refused, running_host({}, app=tmp_path):
        pass

    said = str(refused.value)
    assert said.startswith("exit code 1: call redirect: ")
    assert reason in said.splitlines()[0]
    assert "sys.path" not in said


def test_a_wrong_option_is_exit_2(tmp_path: Path) -> None:
    nowhere = run_host("--app", str(tmp_path / "nowhere"))
    useless = run_host("--function-key", "k")

    assert (nowhere.returncode, useless.returncode) == (2, 2)
    assert "there is no such folder" in nowhere.stderr
    assert "does nothing without --enforce-keys" in useless.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_host_cleanly_although_a_function_still_runs(number: signal.Signals) -> None:
    with running_host(EXCHANGE, app=APPS) as host, ThreadPoolExecutor(1) as callers:
        waiting = callers.submit(ask, host, "GET", "/api/wait")
        host.wait_for_event("waiting.begun")

        host.process.send_signal(number)
        code = host.process.wait(5)

        assert isinstance(waiting.exception(5), ConnectionError)
    assert code == 0
    assert not any("Traceback" in line for line in host.log)


def test_a_free_port_can_be_listened_on() -> None:
    port = free_port()

    with running_host(EXCHANGE, app=APPS, port=port) as host:
        assert host.url == f"http://127.0.0.1:{port}"

    with pytest.raises(ConnectionRefusedError) as refused:
        socket.create_connection(("127.0.0.1", port), timeout=1)
    assert refused.value.errno == errno.ECONNREFUSED


def test_a_process_that_never_gets_ready_is_ended() -> None:
    command = [sys.executable, "-c", "import time; print('hello', flush=True); time.sleep(60)"]

    with pytest.raises(NotStarted, match=r"^exit code -15: hello$"), running(command, {}, within=0.5):
        pass


def test_a_port_that_is_none_is_one_clear_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "local.host", "--port", "99999"], capture_output=True, text=True, timeout=20, check=False
    )

    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].endswith("argument --port: 99999 is no port")
