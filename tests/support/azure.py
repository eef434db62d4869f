"""A stand-in for Azure as the deploying commands see it: az and func on a PATH of their own, and the app's check."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.__main__ import main
from deploy.world import Machine, World

ROOT = Path(__file__).parents[2]
HOST = "func-callredirect-x7k2qp.azurewebsites.net"
BOT = "24701998-1a73-4d42-8085-bf46ed0ae039"
SETTINGS = ("RESOURCE_GROUP=call-redirect", "LOCATION=westeurope", "FALLBACK_TARGETS=+43123456789", "EDITORS=me")
WELL = {"errors": 0, "warnings": 0, "problems": [], "doctor": [{"part": "Graph", "health": "ok", "said": "answers"}]}
_TOOLS = "az", "func"
_BORROWED = "sh", "bash", "cat", "rm", "sed", "sleep", "find"  # all that the stand-ins and infra/entra.sh need

_AZURES_OWN = Machine("Linux", "x86_64", "glibc", "CPython 3.13")

type Scripted = tuple[int, object] | OSError  # bytes are the body as it is


@dataclass(slots=True)
class Azure:
    """`answers` are the app's to its check, one after the other; the last one stays.

    `healths` are its first answers to the question for its health; after them it gives the build that func published.
    """

    folder: Path
    answers: list[Scripted] = field(default_factory=lambda: [(200, WELL)])
    reply: str | type[BaseException] = "yes"
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    check_seconds: float = 60.0
    machine: Machine = _AZURES_OWN
    healths: list[Scripted] = field(default_factory=list)
    fetched: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("bin", "made", "answers", "project"):
            (self.folder / name).mkdir()
        for tool in _TOOLS:
            script = self.folder / "bin" / tool
            script.write_bytes((ROOT / "tests" / "deploy" / "az.sh").read_bytes())
            script.chmod(0o755)
        for program in _BORROWED:
            (self.folder / "bin" / program).symlink_to(shutil.which(program) or "")
        for name in ("infra", "teams", "shared", "function_app.py", "host.json", "requirements.txt"):
            (self.project / name).symlink_to(ROOT / name)

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def made(self) -> set[str]:
        return {path.name for path in (self.folder / "made").iterdir()}

    @property
    def commands(self) -> list[str]:
        """Give every command of az and func so far, each in one line."""
        return [command.replace("\x1f", " ") for command in self._log("said")]

    @property
    def read(self) -> list[str]:
        """Give what commands read from their standard input."""
        return self._log("read")

    @property
    def output(self) -> str:
        return "\n".join(self.said)

    @property
    def package(self) -> list[str]:
        """Give the names of the files that func last found where it published."""
        return sorted(line.removeprefix("./") for line in (self.folder / "shipped").read_text().splitlines())

    @property
    def live(self) -> str:
        """Give the build that answers."""
        return (self.folder / "made" / "code").read_text(encoding="utf-8").strip()

    def will_fail(self, pattern: str, times: int = 1_000_000, words: str = "") -> None:
        """Let the commands that fit a shell pattern fail so many times, with these words."""
        if words:
            (self.folder / "words").write_text(f"{words}\n", encoding="utf-8")
        (self.folder / "fail").write_text(f"{pattern}\n" if pattern else "", encoding="utf-8")
        (self.folder / "times").write_text(f"{times}\n", encoding="utf-8")

    def will_hang(self, pattern: str) -> None:
        """Let the commands that fit a shell pattern come to no end."""
        (self.folder / "hang").write_text(f"{pattern}\n", encoding="utf-8")

    def works_again(self) -> None:
        self.will_fail("", 0)

    def will_answer(self, name: str, text: object) -> None:
        """Put another answer in the place of a recorded one."""
        said = text if isinstance(text, str) else json.dumps(text)
        (self.folder / "answers" / name).write_text(f"{said}\n", encoding="utf-8")

    def is_without(self, tool: str) -> None:
        (self.folder / "bin" / tool).unlink()

    def run(self, *arguments: str) -> int:
        environment = {"PATH": str(self.folder / "bin"), "STAND_IN": str(self.folder)} | self.environment
        self.said.clear()
        said = (self._say, self._ask, self.slept.append, self._fetch)
        return main(arguments, World(environment, self.project, *said, self.check_seconds, self.machine))

    def up(self, *arguments: str) -> int:
        return self.run("up", *SETTINGS, *arguments)

    def down(self, *arguments: str) -> int:
        return self.run("down", *SETTINGS, *arguments)

    def matching(self, part: str) -> list[str]:
        return [command for command in self.commands if part in command]

    def _say(self, line: str) -> None:
        self.said.append(line)

    def _ask(self, question: str) -> str:
        self.asked.append(question)
        if not isinstance(self.reply, str):
            raise self.reply
        return self.reply

    def _fetch(self, url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if url == f"https://{HOST}/api/health":
            return self._health()
        self.fetched.append((url, headers))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return self._given(answer)

    def _health(self) -> tuple[int, bytes]:
        if self.healths:
            return self._given(self.healths.pop(0))
        if "code" not in self.made:
            return 404, b""
        return self._given((200, {"status": "ok", "build": self.live}))

    def _given(self, answer: Scripted) -> tuple[int, bytes]:
        if isinstance(answer, OSError):
            raise answer
        return answer[0], answer[1] if isinstance(answer[1], bytes) else json.dumps(answer[1]).encode()

    def _log(self, name: str) -> list[str]:
        log = self.folder / name
        text = log.read_text(encoding="utf-8") if log.exists() else ""
        return [one for one in text.split("\x1e") if one]


def changes(commands: list[str]) -> Iterator[str]:
    """Give the commands that change something."""
    verbs = (" create ", " insert ", " publish ", " delete ", "--method patch", "--method post", "--method put")
    return (command for command in commands if any(verb in f"{command} " for verb in verbs))
