"""What the plan takes for granted of its neighbours: the templates, the tables, az, the Teams schema, the workflows."""

import json
import re
import struct
import zlib
from pathlib import Path

import pytest

from deploy import plan_up, seed_rows, settings
from deploy.steps import Run, shown
from shared.core.directory import reader
from shared.core.ids import AppId
from tests.support.azure import BOT, ROOT, SETTINGS

_BICEP = (ROOT / "infra" / "main.bicep").read_text(encoding="utf-8")
_GIVEN = dict(word.split("=", 1) for word in SETTINGS)
_WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
workflows = pytest.mark.parametrize("path", _WORKFLOWS, ids=lambda path: path.name)


def _settings(**changed: str) -> settings.Settings:
    return settings.settings(_GIVEN | changed, {settings.WEBHOOK: "https://contoso.com/hook"})


def test_every_parameter_that_is_given_is_one_of_the_template() -> None:
    known = set(re.findall(r"^param (\w+)", _BICEP, re.MULTILINE))
    plan = plan_up.plan(_settings(ALERT_EMAILS="anna@contoso.com", EDITORS=BOT), ask=False)

    (what_if,) = [step for step in plan if isinstance(step, Run) and step.name == "what-if"]
    given = shown(what_if.command).partition("--parameters ")[2]

    assert set(re.findall(r"(?:^|[\s'\"])(\w+)=", given)) <= known


def test_every_output_that_is_read_is_one_of_the_template() -> None:
    outputs = set(re.findall(r"^output (\w+)", _BICEP, re.MULTILINE))
    (read,) = [
        step for step in plan_up.plan(_settings(), ask=False) if isinstance(step, Run) and step.name == "outputs"
    ]

    assert read.learn is not None
    shapes = {"functionHostName": "a.contoso.com", "callingWebhook": "https://a", "storageAccountName": "a12"}
    values = {name: shapes.get(name, BOT) for name in outputs}
    facts = read.learn(json.dumps({name: {"type": "String", "value": value} for name, value in values.items()}))
    assert set(facts) == set(read.gives)


def test_no_plan_needs_what_no_step_before_it_finds() -> None:
    for changed in ({}, {"BOT_APP_ID": BOT}, {"BOT_APP_ID": BOT, "ENTRA": "leave"}):
        known = {"SUBSCRIPTION_ID", "TENANT_ID", "USER_ID", "GROUP_EXISTS", "REGISTRATION", settings.WEBHOOK}
        for step in plan_up.plan(_settings(**changed), ask=True):
            if isinstance(step, Run):
                assert step.needs <= known, step.name
                known |= set(step.gives)


def test_the_first_rows_are_right_as_az_writes_them() -> None:
    configured = _settings(FALLBACK_TARGETS=f"+43123456789 {BOT}")
    (route,) = [step for step in seed_rows.plan(configured) if "RowKey=any" in step.command]

    directory = reader.read_directory(
        [_as_az_does(row) for row in seed_rows.targets(configured)],
        [_as_az_does(tuple(word for word in route.command if isinstance(word, str) and "=" in word))],
        AppId("00000000-0000-0000-0000-000000000001"),
    )

    assert directory.problems == ()
    assert len(directory.lists["default"]) == 2


def _as_az_does(words: tuple[str, ...]) -> dict[str, object]:
    """Do to values what `az storage entity insert` does: what looks like a number becomes one, but for the keys."""
    row: dict[str, object] = {}
    for word in words:
        name, _, value = word.partition("=")
        row[name] = value
        for kind in (float, int):
            try:
                row[name] = value if name.endswith("Key") else kind(value)
            except ValueError:
                continue
    return row


def test_the_manifest_keeps_the_schemas_limits() -> None:
    manifest = json.loads((ROOT / "teams" / "manifest.json").read_text(encoding="utf-8").replace("$$", "$"))

    assert manifest["manifestVersion"] in manifest["$schema"]
    assert len(manifest["name"]["short"]) <= 30
    assert len(manifest["name"]["full"]) <= 100
    assert len(manifest["description"]["short"]) <= 80
    assert len(manifest["description"]["full"]) <= 4000
    assert set(manifest["developer"]) == {"name", "websiteUrl", "privacyUrl", "termsOfUseUrl"}
    assert re.fullmatch(r"#[0-9A-F]{6}", manifest["accentColor"])


@pytest.mark.parametrize(("name", "size"), [("color", 192), ("outline", 32)])
def test_an_icon_has_the_size_that_teams_wants(name: str, size: int) -> None:
    content = (ROOT / "teams" / f"{name}.png").read_bytes()

    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (size, size)


def test_the_outline_is_white_on_nothing() -> None:
    content = (ROOT / "teams" / "outline.png").read_bytes()

    pixels = zlib.decompress(content[41:-16])
    lines = [pixels[start + 1 : start + 129] for start in range(0, len(pixels), 129)]
    assert {line[at : at + 3] for line in lines for at in range(0, 128, 4)} == {b"\xff\xff\xff"}


@workflows
def test_an_action_is_pinned_by_its_commit(path: Path) -> None:
    uses = [line for line in path.read_text(encoding="utf-8").splitlines() if re.search(r"\buses:", line)]

    assert uses
    assert [line for line in uses if not re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line)] == []


@workflows
def test_a_workflow_begins_without_any_permission(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.search(r"^permissions: \{\}$", text, re.MULTILINE)
    assert "pull_request_target" not in text
    assert "persist-credentials: false" in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")


@workflows
def test_a_workflow_has_one_secret_and_one_step_has_that(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    step = "      - name: Deploy\n        env:\n          MISSED_CALL_WEBHOOK: ${{ secrets.MISSED_CALL_WEBHOOK }}\n"
    assert text.count("secrets") == (1 if path.name == "deploy.yml" else 0)
    assert (step in text) == (path.name == "deploy.yml")


@workflows
def test_no_workflow_puts_foreign_text_into_a_shell(path: Path) -> None:
    shell = "\n".join(re.findall(r"run: (?:\|\n(?:(?: {10,}.*)?\n)+|.*)", path.read_text(encoding="utf-8")))

    assert "${{" not in shell


def test_the_preview_asks_azure_for_no_right_to_write() -> None:
    (what_if,) = plan_up.preview(_settings(BOT_APP_ID=BOT))

    assert isinstance(what_if, Run)
    assert shown(what_if.command).endswith(" --validation-level ProviderNoRbac")
    assert "--validation-level" not in " ".join(
        shown(s.command) for s in plan_up.plan(_settings(), ask=False) if isinstance(s, Run)
    )
