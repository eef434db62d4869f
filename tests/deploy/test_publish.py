"""Success is not an exit code: the command believes the app, and builds here only where that can work."""

import pytest

from deploy import package
from deploy.world import Machine, this_machine
from tests.support.azure import Azure, Scripted
from tests.support.paths import ROOT

_OLD = "0123456789ab"
_REMOTE, _LOCAL = "func *--build remote*", "func *--build local*"
_UPLOAD_FAILED = "Error Uploading archive... (BadRequest)."
_BUILD_FAILED = "The deployment failed, Please check the printed logs."
_MACHINES = [
    Machine("Darwin", "arm64", "", "CPython 3.13"),
    Machine("Darwin", "x86_64", "", "CPython 3.13"),
    Machine("Windows", "AMD64", "", "CPython 3.13"),
    Machine("Linux", "aarch64", "glibc", "CPython 3.13"),
    Machine("Linux", "x86_64", "", "CPython 3.13"),
    Machine("Linux", "x86_64", "glibc", "CPython 3.14"),
    Machine("Linux", "x86_64", "glibc", "PyPy 3.13"),
]


def _builds(azure: Azure) -> list[str]:
    return [command.rpartition(" ")[2] for command in azure.matching("functionapp publish")]


def test_the_build_that_answers_is_the_one_that_was_shipped(azure: Azure) -> None:
    assert azure.up("--yes") == 0
    assert f"  build {azure.live} answers" in azure.said
    assert len(azure.live) == 12


def test_old_code_that_goes_on_answering_is_waited_for(azure: Azure) -> None:
    old = (200, {"status": "ok", "build": _OLD})
    azure.healths = [old, (503, b""), TimeoutError(), (200, {"status": "ok"}), old]

    assert azure.up("--yes") == 0
    assert azure.slept == [5.0] * 5
    assert f"  build {_OLD} answers, not {azure.live} yet; it is asked for 5 more minutes" in azure.said
    assert f"  build {azure.live} answers" in azure.said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {"status": "ok", "build": _OLD}), f"but build {_OLD} answers"),
        ((200, {"status": "ok"}), "but code without a build id answers"),
        ((200, {"status": "ok", "build": "dev"}), "but code that this command did not ship answers"),
        ((200, {"build": "<a\nb>"}), "but code without a build id answers"),
        ((200, b"<html>"), "but code without a build id answers"),
        ((200, b"[" * 100_000), "but code without a build id answers"),
        ((404, b""), "but no build answers (HTTP 404)"),
        (TimeoutError(), "but nothing answers (TimeoutError)"),
    ],
)
def test_a_build_that_never_answers_is_a_failure_that_says_what_does(azure: Azure, answer: Scripted, said: str) -> None:
    azure.healths = [answer] * 100

    code = azure.up("--yes")

    assert code == 1
    stop = azure.output.split("\n\n")[-1]
    assert stop.startswith("build failed: ")
    assert said in stop
    assert "alerts" not in azure.made
    assert "adminconsent" in azure.output
    assert sum(azure.slept) == 300.0


def test_what_goes_on_for_long_is_told_each_minute(azure: Azure) -> None:
    azure.healths = [(200, {"build": _OLD})] * 100

    azure.up("--yes")

    assert len([line for line in azure.said if "more minutes" in line]) == 6


@pytest.mark.parametrize(
    "words",
    [
        "Deployment was successful but the app appears to be unhealthy, please check the app logs.",
        '"Deployment was partially successful, Please check the printed logs.',
        "Failed to retrieve deployment status, please visit https://x.scm.azurewebsites.net/api/deployments",
        "Remote build succeeded!\nSyncing triggers...\nError calling sync triggers (BadRequest).",
    ],
)
def test_an_error_after_the_code_came_to_azure_is_no_reason_to_build_here(azure: Azure, words: str) -> None:
    azure.up("--yes")  # so that the stand-in has it
    azure.will_fail("func azure *", words=words)

    assert azure.up("--yes") == 0
    assert _builds(azure) == ["remote", "remote"]


def test_an_error_of_func_is_none_where_the_build_answers(azure: Azure) -> None:
    azure.up("--yes")
    azure.will_fail("func azure *")

    assert azure.up("--yes") == 0
    assert _builds(azure) == ["remote", "remote"]


@pytest.mark.parametrize("words", ["", _UPLOAD_FAILED, _BUILD_FAILED])
def test_where_nothing_came_to_azure_it_is_built_here(azure: Azure, words: str) -> None:
    azure.will_fail(_REMOTE, words=words)

    assert azure.up("--yes") == 0
    assert _builds(azure) == ["remote", "remote", "local"]
    assert azure.slept == [30.0]
    modules = [path.as_posix() for path in package.files(ROOT)]
    compiled = [name for name in azure.package if name.endswith(".cpython-313.pyc")]
    assert sorted({*modules, *compiled}) == azure.package
    assert len(compiled) == len([name for name in modules if name.endswith(".py")])


@pytest.mark.parametrize("machine", _MACHINES, ids=str)
def test_a_machine_that_is_not_as_azure_is_builds_nothing(azure: Azure, machine: Machine) -> None:
    azure.up("--yes")
    (azure.folder / "made" / "code").write_text(_OLD)
    azure.will_fail("func azure *", words=_UPLOAD_FAILED)
    azure.machine = machine

    assert azure.up("--yes") == 1
    assert _builds(azure) == ["remote"] * 3
    stop = azure.output.split("\n\n")[-1]
    assert stop.startswith("publish failed: func azure functionapp publish ")
    assert f"this is {machine}, " in stop
    assert f"build {_OLD} answers" in stop
    assert azure.live == _OLD


def test_this_machine_is_described() -> None:
    machine = this_machine()

    assert machine.python.startswith(("CPython 3.", "PyPy 3."))
    assert machine.system


def test_plan_b_that_fails_too_says_which_build_answers(azure: Azure) -> None:
    azure.will_fail("func azure *", words=_BUILD_FAILED)

    assert azure.up("--yes") == 1
    stop = azure.output.split("\n\n")[-1]
    assert " --build local\n" in stop
    assert "no build answers (HTTP 404)" in stop


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("AADSTS700082: The refresh token has expired due to inactivity.", "your log-in has expired"),
        ("Unable to connect to Azure. Make sure you have the `az` CLI or", "func finds no log-in"),
        ("ERROR: (AuthorizationFailed) The client 'x' does not have authorization", "your roles do not allow it"),
        ("SSL: CERTIFICATE_VERIFY_FAILED", "REQUESTS_CA_BUNDLE"),
    ],
)
def test_what_lasts_stops_at_once(azure: Azure, words: str, said: str) -> None:
    azure.will_fail("func azure *", words=words)

    assert azure.up("--yes") == 1
    assert azure.slept == []
    assert _builds(azure) == ["remote"]
    assert said in azure.output.split("\n\n")[-1]


@pytest.mark.parametrize(
    ("words", "progress"),
    [
        ('Can\'t find app with name "func-callredirect-x7k2qp"', "Azure does not list the new function app yet"),
        ("Deployment was cancelled, another deployment in progress.", "another deployment of this app is under way"),
        ("Failed to upload because Azure Storage responded with Forbidden", "its role is new"),
        ("Error Uploading archive... (ServiceUnavailable).", "Azure is busy"),
    ],
)
def test_what_passes_is_waited_for(azure: Azure, words: str, progress: str) -> None:
    azure.will_fail("func azure *", times=3, words=words)

    assert azure.up("--yes") == 0
    assert azure.slept == [30.0] * 3
    assert len([line for line in azure.said if progress in line]) == 3
    assert _builds(azure) == ["remote"] * 4


def test_another_deployment_that_does_not_end_is_not_overwritten(azure: Azure) -> None:
    azure.will_fail("func azure *", words="Deployment was cancelled, another deployment in progress.")

    assert azure.up("--yes") == 1
    assert set(_builds(azure)) == {"remote"}
    assert azure.slept == [30.0] * 6


def test_a_refusal_of_storage_lasts_where_the_roles_are_old(azure: Azure) -> None:
    azure.up("--yes")
    (azure.folder / "made" / "code").write_text(_OLD)
    azure.will_fail("func azure *", words="Failed to upload because Azure Storage responded with Forbidden")

    assert azure.up("--yes") == 1
    assert azure.slept == []
    assert _builds(azure) == ["remote"] * 2
    assert "Storage Blob Data Owner" in azure.output.split("\n\n")[-1]


def test_the_check_of_another_build_is_not_taken_for_this_ones(azure: Azure) -> None:
    well = {"errors": 0, "warnings": 0, "problems": [], "doctor": []}
    azure.answers = [(200, {**well, "build": _OLD})]

    assert azure.up("--yes") == 1
    assert f"check failed: build {_OLD} answers, not {azure.live}" in azure.output


def test_a_local_build_that_works_is_asked_for_its_build(azure: Azure) -> None:
    azure.will_fail(_REMOTE, words=_BUILD_FAILED)
    azure.up("--yes")

    assert [line for line in azure.said if line == f"  build {azure.live} answers"]
    assert not azure.matching(_LOCAL)
