"""Run the simulated Microsoft as a stranger does: as a process, with curl's eyes."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from local.loopback.messages import Response
from local.loopback.server import LoopbackServer
from local.microsoft.simulator import Microsoft
from local.processes import PROJECT

COMMAND = [sys.executable, "-m", "local.microsoft"]


@dataclass(frozen=True, slots=True)
class Alone:
    process: subprocess.Popen[str]
    settings: dict[str, str]

    def post(self, path: str, body: Any) -> requests.Response:
        return requests.post(f"{self.settings['GRAPH_URL']}/_/{path}", json=body, timeout=10)

    def get(self, path: str) -> Any:
        return requests.get(f"{self.settings['GRAPH_URL']}/_/{path}", timeout=10).json()


@pytest.fixture
def bot() -> Iterator[LoopbackServer]:
    with LoopbackServer().start(lambda connection: connection.respond(Response(202))) as server:
        yield server


@pytest.fixture
def alone(bot: LoopbackServer) -> Iterator[Alone]:
    arguments = ["--port", "0", "--deliver-to", bot.url, "--bot-app-id", "our-bot"]
    with subprocess.Popen([*COMMAND, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own words
        assert process.stdout
        settings = {}
        for line in process.stdout:
            if line.startswith("#"):
                break
            name, _, value = line.rstrip("\n").partition("=")
            settings[name] = value
        yield Alone(process, settings)
        process.kill()


def test_it_prints_the_environment_of_the_app_and_ends_on_ctrl_c(alone: Alone) -> None:
    assert list(alone.settings) == [
        "GRAPH_URL",
        "LOGIN_URL",
        "OPENID_METADATA_URLS",
        "SSL_CERT_FILE",
        "BOT_APP_ID",
        "BOT_TENANT_ID",
        "BOT_CLIENT_SECRET",
    ]
    assert Path(alone.settings["SSL_CERT_FILE"]).exists()

    os.kill(alone.process.pid, signal.SIGINT)

    assert alone.process.wait(10) == 0
    assert not Path(alone.settings["SSL_CERT_FILE"]).exists()


@pytest.mark.parametrize("option", ["--port", "--tls-port"])
def test_a_port_in_use_is_one_line_and_exit_2(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        # argparse takes the last of the two --port.
        command = [*COMMAND, "--port", "0", option, port]

        ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603 - our own words

    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert port in ended.stderr


def test_everything_can_be_done_with_curl(alone: Alone) -> None:
    # A call whose caller hangs up, with its whole timeline.
    rang = alone.post("ring", {"example": 3, "caller": "+441234567890", "hangsUpAfter": 0.5, "wait": True}).json()
    assert [event["what"] for event in rang["timeline"]] == ["rang", "notified", "ended", "told"]
    assert rang["timeline"][0]["called"] == "7629bdce-046c-4903-86b4-a8f718277e1a"
    assert alone.get(f"calls/{rang['id']}") == rang

    # A call to the bot that this Microsoft stands for, not to the API page's.
    assert alone.post("ring", {}).json()["timeline"][0]["called"] == "our-bot"

    # A token that its own keys verify.
    token = alone.get("token?tid=any-tenant")["token"]
    keys = jwt.PyJWKSet.from_dict(requests.get(f"{alone.settings['GRAPH_URL']}/v1/.well-known/keys", timeout=5).json())
    kid = jwt.get_unverified_header(token)["kid"]
    assert jwt.decode(token, keys[kid], algorithms=["RS256"], audience="our-bot")["tid"] == "any-tenant"

    # Another key; and a key of Entra's under the same kid, which is not the same key.
    rotated = alone.post("keys/rotate", {}).json()["kid"]
    assert rotated != kid
    assert alone.post("keys/forge?publisher=entra", {}).json()["kid"] == rotated

    # A token of another form, and one that Microsoft would not sign.
    claims = [
        jwt.decode(alone.get(f"token?{asked}")["token"], options={"verify_signature": False})
        for asked in ("form=entra-v2&tid=any-tenant&azp=another", "form=entra-v1&key=consumers")
    ]
    assert (claims[0]["iss"].rpartition("/")[0].endswith("any-tenant"), claims[0]["azp"]) == (True, "another")
    assert claims[1]["ver"] == "1.0"

    # A fault, and the request that met it, without its token.
    assert alone.post("faults", {"neighbour": "graph", "answers": [{"says": 429, "retryAfter": "1"}]}).ok
    got = requests.get(f"{alone.settings['GRAPH_URL']}/v1.0/x", headers={"Authorization": "Bearer a"}, timeout=5)
    assert got.status_code == 429
    [seen] = alone.get("requests/graph")
    assert seen["path"] == "/v1.0/x"
    assert "authorization" not in {name.lower() for name in seen["headers"]}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        pytest.param("ring", {"phoness": {}}, 400, id="unknown-name"),
        pytest.param("ring", {"example": 4}, 400, id="no-such-example"),
        pytest.param("ring", {"everyone": "sleeps"}, 400, id="unknown-behaviour"),
        pytest.param("ring", {"caller": 7}, 400, id="no-caller"),
        pytest.param("ring", {"delivery": {"x": 1}}, 400, id="unknown-delivery"),
        pytest.param("ring", {"hangsUpAfter": []}, 400, id="no-number"),
        pytest.param("ring", {"phones": []}, 400, id="phones-as-a-list"),
        pytest.param("ring", {"delivery": {"incoming": 10**9}}, 400, id="too-many-copies"),
        pytest.param("ring", {"result": {"code": "200"}}, 400, id="no-result"),
        pytest.param("ring", {"terminated": "twice"}, 400, id="no-style"),
        pytest.param("ring", [], 400, id="no-object"),
        pytest.param("ring", {"form": "entra-v3"}, 400, id="no-form"),
        pytest.param("keys/rotate?publisher=nobody", {}, 404, id="no-publisher"),
        pytest.param("faults", {"neighbour": "graph", "answers": ["explode"]}, 400, id="no-fault"),
        pytest.param("faults", {"neighbour": "the neighbours"}, 404, id="no-neighbour"),
        pytest.param("nothing", {}, 404, id="no-endpoint"),
    ],
)
def test_what_is_asked_wrongly_is_said_so(path: str, body: Any, status: int) -> None:
    with Microsoft(deliver_to="http://127.0.0.1:9", webhook="http://127.0.0.1:9/api/calls") as microsoft:
        got = requests.post(f"{microsoft.url}/_/{path}", json=body, timeout=5)

    assert got.status_code == status
    assert got.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_controls_nothing(headers: dict[str, str]) -> None:
    with Microsoft() as microsoft:
        refused = requests.post(f"{microsoft.url}/_/faults", json={"neighbour": "graph"}, headers=headers, timeout=5)
        own = requests.post(f"{microsoft.url}/_/faults", json={"neighbour": "graph"}, timeout=5)

    assert (refused.status_code, own.status_code) == (403, 200)
