"""What a plan is made of: values that say what is to be done, and do nothing."""

import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template

type Facts = Mapping[str, str]

SIGNED_IN = ("SIGNED_IN_UNTIL",)  # the fact that every other question to Azure comes after


@dataclass(frozen=True, slots=True)
class Found:
    """A word of a command that holds what earlier steps found: `botAppId=$BOT_APP_ID`."""

    template: str

    @property
    def names(self) -> set[str]:
        return set(Template(self.template).get_identifiers())


type Word = str | Found


@dataclass(frozen=True, slots=True)
class Run:
    """A command. `learn` reads what it printed; without it, a person sees what it prints.

    Where it fails it is tried again, `role_tries` times where only a role does not count yet; of a check, then
    `otherwise` is tried. `remedy` is what a person can do, unless az gave a code that says it better. Where it is not
    `essential`, nor what it says of the kind `essential_if`, the plan goes on without what it gives. `only_if` is a
    fact and the value it must have; `after` are facts without which there is no point in it. It `reads` a secret from
    its standard input, for everybody on the machine can see the words of a command. It runs in `folder` of the project.
    Where it `is_watched`, all that it prints is looked through for what went wrong.
    """

    name: str
    purpose: str
    command: tuple[Word, ...]
    remedy: Word
    learn: Callable[[str], Facts] | None = None
    gives: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    only_if: tuple[str, str] | None = None
    tries: int = 1
    role_tries: int = 1
    pause: float = 0.0
    seconds: float = 300.0
    otherwise: "Run | None" = None
    essential: bool = True
    essential_if: re.Pattern[str] | None = None
    reads: Found | None = None
    folder: Path | None = None
    is_watched: bool = False

    @property
    def needs(self) -> set[str]:
        """Give the facts without which it cannot be run."""
        condition = {self.only_if[0]} if self.only_if else set()
        words = (*self.command, self.reads)
        return condition.union(self.after, *(word.names for word in words if isinstance(word, Found)))


@dataclass(frozen=True, slots=True)
class Check:
    """A command that changes nothing, and what its answer lacks: one line for each thing, with what to do."""

    run: Run
    lacks: Callable[[Facts], Iterable[str]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class Confirm:
    """A question that has to be answered with `answer` before the plan goes on."""

    question: str
    answer: str
    declined: str


@dataclass(frozen=True, slots=True)
class Stage:
    """Copy what is shipped into a folder of its own; gives BUILD, its id."""

    name: str
    purpose: str
    folder: Path


@dataclass(frozen=True, slots=True)
class Publish:
    """Have Azure build the code. `packages` and `local` are plan B, for where nothing of it came to Azure."""

    name: str
    purpose: str
    remote: Run
    packages: Run
    local: Run


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until the app answers with the build that was staged."""

    name: str
    purpose: str
    remedy: Found
    tries: int
    pause: float


@dataclass(frozen=True, slots=True)
class Visit:
    """Ask the app itself how it is; its key is among the facts, and never in a command."""

    name: str
    purpose: str
    url: Found
    key: str
    remedy: str
    tries: int
    pause: float


@dataclass(frozen=True, slots=True)
class Pack:
    """Write the Teams app's package."""

    name: str
    purpose: str
    path: Path
    developer: str
    website: str


type Step = Run | Confirm | Stage | Publish | Await | Visit | Pack


def filled(word: Word, facts: Facts) -> str:
    return word if isinstance(word, str) else Template(word.template).substitute(facts)


def partly_filled(word: Word, facts: Facts) -> str:
    """Fill in what is known."""
    return word if isinstance(word, str) else Template(word.template).safe_substitute(facts)


def typed(run: Run) -> str:
    """Give the run as a person would type it; printf is a part of the shell, so that nobody sees its words."""
    command = shown(run.command)
    return command if run.reads is None else f"printf %s {shown((run.reads,))} | {command}"


def shown(words: Iterable[Word]) -> str:
    """Give the command for a shell, with a variable for each thing that is not known yet."""
    return " ".join(shlex.quote(word) if isinstance(word, str) else _in_double_quotes(word) for word in words)


def _in_double_quotes(word: Found) -> str:
    escaped = word.template.replace("\\", "\\\\").replace('"', '\\"').replace("`", "\\`")
    return f'"{escaped}"'
