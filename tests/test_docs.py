"""Every page: its links lead somewhere, its make targets are there, and az can draw what it is asked to draw."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.settings.settings import NAMES, PLATFORM_NAMES
from tests.support.paths import ROOT
from tools import check, who
from tools.report import __main__ as report

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
README = PAGES[0].read_text(encoding="utf-8")

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def anchors(page: Path) -> set[str]:
    """Give the headings as GitHub links to them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(text: str) -> Iterator[list[str]]:
    """Give the words of each command in a block, a line that goes on together with the next one."""
    for block in re.findall(r"^ *```(?:console)?\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        for line in re.sub(r"\\\n", " ", block).splitlines():
            if re.match(r"(\$ )?(az|make|\.venv/bin/python) ", line.strip()):
                yield shlex.split(line.strip().removeprefix("$ "))


def python_commands(text: str) -> list[list[str]]:
    return [words for words in commands(text) if words[0] == ".venv/bin/python"]


@pages
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        file, _, section = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), link
        assert not section or section in anchors(target), link


@pages
def test_every_make_target_that_is_named_is_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {words[1] for words in commands(page.read_text(encoding="utf-8")) if words[0] == "make"}
    named |= set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))

    assert {target for target in named if f"\n{target}:" not in makefile} == set()


@pages
def test_az_is_asked_for_the_keys_wherever_it_draws_a_table(page: Path) -> None:
    """Without PartitionKey among the selected columns it says `Table output unavailable`."""
    for words in commands(page.read_text(encoding="utf-8")):
        if words[:4] == ["az", "storage", "entity", "query"] and "table" in words and "--select" in words:
            assert {"PartitionKey", "RowKey"} <= set(words), words


def test_the_commands_of_the_readme_for_files_run_as_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (*NAMES, *PLATFORM_NAMES):
        monkeypatch.setenv(name, "")
    monkeypatch.chdir(ROOT)
    mains: dict[str, Callable[[list[str]], int]] = {"tools.who": who.main, "tools.check": check.main}

    ran = [mains[words[2]](words[3:]) for words in python_commands(README) if words[3].startswith("local/seed/")]

    said = capsys.readouterr()
    assert (ran, said.err) == ([0, 0], "")
    assert "rings sales" in said.out
    assert "0 errors, 0 warnings" in said.out


def test_the_commands_of_the_readme_for_live_tables_say_in_one_line_what_they_need(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in (*NAMES, *PLATFORM_NAMES):
        monkeypatch.setenv(name, "")
    mains: dict[str, Callable[[list[str]], int]] = {"tools.report": report.main}

    ran = [mains[words[2]](words[3:]) for words in python_commands(README) if not words[3].startswith("local/seed/")]

    said = capsys.readouterr()
    assert (ran, said.out) == ([2], "")
    assert "TABLES_ENDPOINT" in said.err
    assert said.err.count("\n") == 1


def test_the_readme_leads_to_every_page() -> None:
    linked = set(re.findall(r"\]\((docs/[\w-]+\.md)[)#]", README))

    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} <= linked
