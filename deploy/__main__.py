"""Deploy the app, or take it away: `python -m deploy up`, `preview` or `down`."""

import argparse
import io
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy import dry_run, health_report, next_steps, plan_down, plan_up, preflight, settings_file
from deploy.https_get import fetch
from deploy.runner import Declined, Runner, Stopped, World
from deploy.settings import WEBHOOK, Settings
from deploy.settings import settings as read_settings
from deploy.settings_file import WrongSettings
from deploy.steps import Check, Step

DONE, FAILED, WRONG, MISSING, UNWELL, DECLINED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130
_PROJECT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str], world: World) -> int:
    """Do what the arguments say, and give the exit code."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        settings = _settings(options, world)
        return _down(options, settings, world) if options.command == "down" else _up(options, settings, world)
    except WrongSettings as wrong:
        world.say(f"{wrong}\n{_where_settings_are(options, world)}")
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


def _up(options: argparse.Namespace, settings: Settings, world: World) -> int:
    if options.command == "preview":
        if not settings.bot_app_id:
            raise WrongSettings("a preview needs BOT_APP_ID")
        checks, steps = preflight.before_previewing(settings), plan_up.preview(settings)
    else:
        checks = preflight.before_deploying(settings, skip_rights=options.skip_rights)
        steps = plan_up.plan(settings, ask=not options.yes)
    if options.dry_run:
        return _print_dry_run(checks, steps, world)
    runner = _preflight(checks, settings, world)
    if runner is None:
        return MISSING
    runner.go(steps)
    if options.command == "preview":
        return DONE
    return _report(runner, settings, world)


def _down(options: argparse.Namespace, settings: Settings, world: World) -> int:
    checks = preflight.before_deleting(settings)
    steps = plan_down.plan(settings, ask=not options.yes, wait=not options.no_wait)
    if options.dry_run:
        return _print_dry_run(checks, steps, world)
    runner = _preflight(checks, settings, world)
    if runner is None:
        return MISSING
    if runner.facts["GROUP_EXISTS"] == "true":
        runner.go(steps)
    else:
        world.say(f"There is no resource group {settings.resource_group}: nothing to delete.")
    for line in plan_down.left_over(settings, runner.facts):
        world.say(line)
    return DONE


def _preflight(checks: Sequence[Check], settings: Settings, world: World) -> Runner | None:
    world.say("Checking tools, log-in and rights; nothing is changed yet.")
    given = {"BOT_APP_ID": settings.bot_app_id, WEBHOOK: world.environment.get(WEBHOOK, "")}
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


def _report(runner: Runner, settings: Settings, world: World) -> int:
    wrong = health_report.lines(runner.report)
    errors = runner.report.get("errors", 0)
    world.say(f"\nDeployed. The app's own check: {errors} errors, {runner.report.get('warnings', 0)} warnings.")
    for line in (*wrong, *(f"note: {note}" for note in runner.notes)):
        world.say(f"  {line}")
    world.say("")
    for line in next_steps.lines(settings, runner.facts, plan_up.package(settings)):
        world.say(line)
    return UNWELL if errors else DONE


def _print_dry_run(checks: Sequence[Check], steps: Sequence[Step], world: World) -> int:
    for line in dry_run.lines(checks, steps):
        world.say(line)
    return DONE


def _settings(options: argparse.Namespace, world: World) -> Settings:
    file: Path = options.settings if options.settings.is_absolute() else world.project / options.settings
    given, places = _from_file(file)
    words = settings_file.from_words(options.words)
    lines = {name: place for name, place in places.items() if name not in words}
    return read_settings({**given, **words}, world.environment, lines)


def _from_file(file: Path) -> tuple[dict[str, str], dict[str, str]]:
    try:
        return settings_file.from_bytes(file.read_bytes(), file.name)
    except FileNotFoundError:
        return {}, {}  # the words of the command line can be enough
    except OSError as error:
        raise WrongSettings(f"{file.name} cannot be read ({error.strerror})") from None


def _where_settings_are(options: argparse.Namespace, world: World) -> str:
    if (world.project / options.settings).exists():
        return f"The settings are in {options.settings}; deploy/settings.env.example explains them."
    return f"There is no {options.settings} yet: cp deploy/settings.env.example {options.settings}, and fill it in."


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
