"""Tell what a plan would do, command by command, and do none of it."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from deploy.steps import Check, Confirm, Pack, Run, Step, Visit, shown, typed


def lines(checks: Iterable[Check], steps: Iterable[Step]) -> Iterator[str]:
    yield "# Nothing is run. A variable stands for what an earlier command finds."
    for step in (*(check.run for check in checks), *steps):
        yield ""
        match step:
            case Run():
                yield from _run(step)
            case Confirm():
                yield f"# asks: {step.question.strip()}"
            case Visit():
                yield f"# {step.name}: {step.purpose}"
                yield f'curl -H "x-functions-key: ${step.key}" -H "Accept: application/json" {shown((step.url,))}'
            case Pack():
                yield f"# {step.name}: {step.purpose}: {step.path}"
            case _:
                assert_never(step)


def _run(run: Run) -> Iterator[str]:
    condition = f" (only where {run.only_if[0]} is {run.only_if[1]})" if run.only_if else ""
    finds = f"; finds {', '.join(run.gives)}" if run.gives else ""
    yield f"# {run.name}: {run.purpose}{condition}{finds}"
    yield typed(run)
    if run.plan_b is not None:
        yield f"# where that fails: {run.plan_b.purpose}"
        yield typed(run.plan_b)
