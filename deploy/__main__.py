"""Deploy the app, or take it away: `python -m deploy up`, `preview`, `next-steps` or `down`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy import dry_run, health_report, next_steps, plan_down, plan_up, preflight, settings_file
from deploy.runner import Runner
from deploy.settings import WEBHOOK, Settings
from deploy.settings import settings as read_settings
from deploy.settings_file import WrongSettings
from deploy.steps import Check, Step
from deploy.world import Declined, Stopped, World, real_world

DONE, FAILED, WRONG, MISSING, UNWELL, DECLINED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def main(arguments: Sequence[str], world: World) -> int:
    """Do what the arguments say, and give the exit code."""
    options = _parser().parse_intermixed_args(arguments)
    try:
        settings = _settings(options, world)
        return _COMMANDS[options.command](options, settings, world)
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
    _refuse_examples(options, settings, world)
    checks = preflight.before_deploying(settings, skip_rights=options.skip_rights)
    steps = plan_up.plan(settings, ask=not options.yes)
    if options.dry_run:
        return _print_dry_run(checks, steps, world)
    runner = _preflight(checks, settings, world)
    if runner is None:
        return MISSING
    try:
        runner.go(steps)
    except Stopped:
        if "PUBLISHED" in runner.facts:  # what is left to do does not depend on what stopped it
            if "TEAMS_PACKAGE" not in runner.facts:
                runner.go((next_steps.teams_package(settings),))
            _print_next_steps(runner, settings, world)
        raise
    return _report(runner, settings, world)


def _preview(options: argparse.Namespace, settings: Settings, world: World) -> int:
    if not settings.bot_app_id:
        raise WrongSettings("a preview needs BOT_APP_ID")
    _refuse_examples(options, settings, world)
    checks, steps = preflight.before_previewing(settings), plan_up.preview(settings)
    if options.dry_run:
        return _print_dry_run(checks, steps, world)
    runner = _preflight(checks, settings, world)
    if runner is None:
        return MISSING
    runner.go(steps)
    return DONE


def _next_steps(options: argparse.Namespace, settings: Settings, world: World) -> int:
    checks, steps = preflight.before_next_steps(settings), next_steps.plan(settings)
    if options.dry_run:
        return _print_dry_run(checks, steps, world)
    runner = _preflight(checks, settings, world)
    if runner is None:
        return MISSING
    runner.go(steps)
    _print_next_steps(runner, settings, world)
    return DONE


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


def _refuse_examples(options: argparse.Namespace, settings: Settings, world: World) -> None:
    """Let nobody deploy with the number of the example: it would ring a stranger. A dry run only says so."""
    if settings.examples and not options.dry_run:
        raise WrongSettings("\n".join(settings.examples))
    for example in settings.examples:
        world.say(f"# {example}; a deployment refuses it.")


def _preflight(checks: Sequence[Check], settings: Settings, world: World) -> Runner | None:
    world.say("Checking tools, log-in and rights; nothing is changed yet.")
    given = {"BOT_APP_ID": settings.bot_app_id, WEBHOOK: world.environment.get(WEBHOOK, "")}
    unknown = {"EDITORS_ID": settings.editors, "EDITORS_TYPE": ""}  # until the directory says what it is
    runner = Runner(world, unknown | {name: value for name, value in given.items() if value})
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
    _print_next_steps(runner, settings, world)
    return UNWELL if errors else DONE


def _print_next_steps(runner: Runner, settings: Settings, world: World) -> None:
    world.say("")
    for line in next_steps.lines(settings, runner.facts):
        world.say(line)


def _print_dry_run(checks: Sequence[Check], steps: Sequence[Step], world: World) -> int:
    for line in dry_run.lines(checks, steps):
        world.say(line)
    return DONE


def _settings(options: argparse.Namespace, world: World) -> Settings:
    file: Path = options.settings if options.settings.is_absolute() else world.project / options.settings
    given, places = settings_file.from_file(file)
    words = settings_file.from_words(options.words)
    lines = {name: place for name, place in places.items() if name not in words}
    return read_settings({**given, **words}, world.environment, lines)


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
    parser.add_argument(
        "command",
        choices=_COMMANDS,
        help="deploy; show what would change; print what is left to do by hand; delete",
    )
    parser.add_argument("words", nargs="*", metavar="NAME=value", help="a setting, over the one of the file")
    parser.add_argument("--settings", type=Path, default=Path("deploy/settings.env"), metavar="FILE")
    parser.add_argument("--dry-run", action="store_true", help="print the commands and run none")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--skip-rights", action="store_true", help="up: do not check what your roles allow")
    parser.add_argument("--no-wait", action="store_true", help="down: do not wait until all is deleted")
    return parser


_COMMANDS = {"up": _up, "preview": _preview, "next-steps": _next_steps, "down": _down}


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], real_world()))
    except BrokenPipeError:  # whoever read along has had enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(INTERRUPTED)
