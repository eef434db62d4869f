"""The function key and the address for missed calls: in no command, no line, and no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.azure import HOST, ROOT, SETTINGS, WELL, Azure

_HOOK = "https://contoso.com/hook?sig=the-key"


def test_the_key_is_in_no_command_and_no_line(azure: Azure, capfd: pytest.CaptureFixture[str]) -> None:
    azure.up("--yes")

    assert [headers["x-functions-key"] for _, headers in azure.fetched] == ["the-function-key"]
    assert azure.fetched[0][0] == f"https://{HOST}/api/check"
    assert "the-function-key" not in azure.output + "".join(azure.commands) + "".join(capfd.readouterr())


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "None",
        "null",
        "the-function-key\nthe-second-line",
        "the-function-key second",
        "the-\x07function-key",
        "the-clé",
    ],
)
def test_what_is_no_key_is_asked_for_again_and_goes_nowhere(azure: Azure, printed: str) -> None:
    azure.will_answer("key", printed)

    assert azure.up("--yes") == 1
    assert azure.slept == [20.0, 20.0, 20.0]
    assert azure.fetched == []
    assert "the host gives no key yet" in azure.output
    assert "function-key" not in azure.output


def test_the_webhook_is_read_by_az_and_stands_on_no_command_line(azure: Azure) -> None:
    azure.environment["MISSED_CALL_WEBHOOK"] = _HOOK

    assert azure.up("--yes") == 0

    assert azure.read == [_HOOK] * 3  # what-if, and the deployment without and with alerts
    assert len(azure.matching(" missedCallWebhook=@-")) == 3
    assert "the-key" not in azure.output + "".join(azure.commands)


def test_the_webhook_of_a_dry_run_is_a_line_for_a_shell(azure: Azure) -> None:
    azure.environment["MISSED_CALL_WEBHOOK"] = _HOOK

    azure.up("--dry-run")

    lines = [line for line in azure.said if "missedCallWebhook" in line]
    assert len(lines) == 4
    assert all(line.startswith('printf %s "$MISSED_CALL_WEBHOOK" | az deployment group ') for line in lines)
    assert "the-key" not in azure.output


def test_the_line_of_a_dry_run_gives_az_the_webhook(azure: Azure) -> None:
    azure.environment["MISSED_CALL_WEBHOOK"] = _HOOK
    azure.up("--dry-run")
    (line,) = [line for line in azure.said if "what-if" in line and "missedCallWebhook" in line]

    subprocess.run(  # noqa: S603 - our own line
        ["bash", "-c", line],  # noqa: S607 - the bash that PATH has
        env={"PATH": str(azure.folder / "bin"), "STAND_IN": str(azure.folder)} | azure.environment,
        check=True,
    )

    assert azure.read == [_HOOK]


def test_a_deployment_that_fails_quotes_no_webhook(azure: Azure) -> None:
    azure.environment["MISSED_CALL_WEBHOOK"] = _HOOK
    azure.will_fail("az deployment group create *")

    assert azure.up("--yes") == 1
    assert 'printf %s "$MISSED_CALL_WEBHOOK" | az deployment group create' in azure.output
    assert "the-key" not in azure.output


@pytest.mark.parametrize(
    "value", ["http://contoso.com/the-key", "https://", "https://a b/the-key", "https://c/" + "x" * 2000]
)
def test_a_webhook_that_the_template_refuses_is_wrong_and_not_quoted(azure: Azure, value: str) -> None:
    azure.environment["MISSED_CALL_WEBHOOK"] = value

    assert azure.up("--yes") == 2
    assert "MISSED_CALL_WEBHOOK is not an https address" in azure.output
    assert "the-key" not in azure.output
    assert azure.commands == []


def test_a_key_in_an_unexpected_place_is_not_quoted(azure: Azure) -> None:
    azure.up("--yes")
    azure.will_answer("account", "the-secret")

    code = azure.up("--yes")

    assert code == 3
    assert "not what was expected" in azure.output
    assert "the-secret" not in azure.output


@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"errors":', b"\xff\xfe\x00", b"<html>", b"[]", b'"text"'])
def test_a_body_that_is_no_report_is_no_answer_yet(azure: Azure, body: bytes) -> None:
    azure.answers = [(200, body), (200, WELL)]

    assert azure.up("--yes") == 0
    assert len(azure.fetched) == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_without_the_letters_gets_others(tmp_path: Path, encoding: str) -> None:
    azure = Azure(tmp_path)
    (azure.folder / "fail").write_text("az account get-access-token *\n", encoding="utf-8")
    (azure.folder / "times").write_text("9\n", encoding="utf-8")
    (azure.folder / "words").write_text("Die Sitzung ist abgelaufen \u2013 \u96fb\u8a71", encoding="utf-8")
    path = {"PATH": str(azure.folder / "bin"), "STAND_IN": str(azure.folder), "PYTHONIOENCODING": encoding}

    ran = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "deploy", "up", "--settings", "none.env", *SETTINGS],
        cwd=ROOT,
        env=path,
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 3, ran.stderr
    assert b"sign in: az login (Die Sitzung ist abgelaufen" in ran.stdout
    assert b"Traceback" not in ran.stderr
