"""Deploy the app, or take it away: `python -m deploy up`, `preview` or `down`."""

import argparse
import io
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy import asking, closing, dry, making, removing, verdict
from deploy import settings as settings_of
from deploy.fetching import fetch
from deploy.running import Declined, Runner, Stopped, World
from deploy.settings import Settings, WrongSettings
from deploy.steps import Check, Step

DONE, FAILED, WRONG, MISSING, UNWELL, DECLINED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
_PROJECT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str], world: World) -> int:
    """Do what the arguments say, and give the exit code."""
    asked = _parser().parse_intermixed_args(arguments)
    try:
        settings = _settings(asked, world)
        return _undeploy(asked, settings, world) if asked.command == "down" else _deploy(asked, settings, world)
    except WrongSettings as wrong:
        world.say(f"{wrong}\nThe settings are in {asked.settings}; deploy/settings.env.example explains them.")
        return WRONG
    except Stopped as stopped:
        world.say(f"\n{stopped}")
        return FAILED
    except Declined as declined:
        world.say(str(declined))
        return DECLINED
    except KeyboardInterrupt:
        world.say("\nStopped here. Azure ends what it has begun; the same command goes on from what is there.")
        return INTERRUPTED


def _deploy(asked: argparse.Namespace, settings: Settings, world: World) -> int:
    if asked.command == "preview":
        if not settings.bot_app_id:
            raise WrongSettings("a preview needs BOT_APP_ID")
        checks, steps = asking.before_previewing(settings), making.preview(settings)
    else:
        checks = asking.before_deploying(settings, skip_rights=asked.skip_rights)
        steps = making.plan(settings, ask=not asked.yes)
    if asked.dry_run:
        return _told(checks, steps, world)
    runner = _checked(checks, settings, world)
    if runner is None:
        return MISSING
    runner.go(steps)
    if asked.command == "preview":
        return DONE
    return _closed(runner, settings, world)


def _undeploy(asked: argparse.Namespace, settings: Settings, world: World) -> int:
    checks = asking.before_deleting(settings)
    steps = removing.plan(settings, ask=not asked.yes, wait=not asked.no_wait)
    if asked.dry_run:
        return _told(checks, steps, world)
    runner = _checked(checks, settings, world)
    if runner is None:
        return MISSING
    if runner.facts["GROUP_EXISTS"] == "true":
        runner.go(steps)
    else:
        world.say(f"There is no resource group {settings.resource_group}: nothing to delete.")
    for line in removing.closing(settings, runner.facts):
        world.say(line)
    return DONE


def _checked(checks: Sequence[Check], settings: Settings, world: World) -> Runner | None:
    world.say("Checking tools, log-in and rights; nothing is changed yet.")
    given = {"BOT_APP_ID": settings.bot_app_id, settings_of.WEBHOOK: world.environment.get(settings_of.WEBHOOK, "")}
    runner = Runner(world, {name: value for name, value in given.items() if value})
    missing = runner.check(checks)
    for note in runner.notes:
        world.say(f"  note: {note}")
    runner.notes.clear()
    for line in missing:
        world.say(f"  missing: {line}")
    if missing:
        world.say("Nothing was changed.")
        return None
    return runner


def _closed(runner: Runner, settings: Settings, world: World) -> int:
    wrong = verdict.lines(runner.checkup)
    errors = runner.checkup.get("errors", 0)
    world.say(f"\nDeployed. The app's own check: {errors} errors, {runner.checkup.get('warnings', 0)} warnings.")
    for line in (*wrong, *(f"note: {note}" for note in runner.notes)):
        world.say(f"  {line}")
    world.say("")
    for line in closing.words(settings, runner.facts, making.package(settings)):
        world.say(line)
    return UNWELL if errors else DONE


def _told(checks: Sequence[Check], steps: Sequence[Step], world: World) -> int:
    for line in dry.told(checks, steps):
        world.say(line)
    return DONE


def _settings(asked: argparse.Namespace, world: World) -> Settings:
    file: Path = asked.settings if asked.settings.is_absolute() else world.project / asked.settings
    given: Mapping[str, str] = {}
    if file.exists():
        given = settings_of.from_lines(file.read_text(encoding="utf-8"), file.name)
    bicep = (world.project / making.TEMPLATE).read_text(encoding="utf-8")
    return settings_of.settings({**given, **settings_of.from_words(asked.words)}, bicep, world.environment)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy",
        description=__doc__,
        epilog="Ends with 0: done; 1: a step failed; 2: wrong settings; 3: something is missing, nothing was changed; "
        "4: deployed, but the app's check found errors; 5: you said no; 130: Ctrl-C.",
    )
    parser.add_argument("command", choices=("up", "preview", "down"), help="deploy; show what would change; delete")
    parser.add_argument("words", nargs="*", metavar="NAME=value", help="a setting, over the one of the file")
    parser.add_argument("--settings", type=Path, default=Path("deploy/settings.env"), metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and run none")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--skip-rights", action="store_true", help="up: do not check what your roles allow")
    parser.add_argument("--no-wait", action="store_true", help="down: do not wait until all is deleted")
    return parser


def _world() -> World:
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # az speaks the person's language; the terminal may not
    # func builds with the first python of PATH, should it build here: the project's own is the one that Azure has.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = {**os.environ, "PATH": path}
    return World(environment, _PROJECT, lambda line: print(line, flush=True), input, time.sleep, fetch)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], _world()))
    except BrokenPipeError:  # whoever read along has had enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
