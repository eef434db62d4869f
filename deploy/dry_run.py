"""Tell what a plan would do, command by command, and do none of it."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from deploy import package
from deploy.steps import Await, Check, Confirm, Pack, Publish, Run, Stage, Step, Visit, shown, typed


def lines(checks: Iterable[Check], steps: Iterable[Step]) -> Iterator[str]:
    yield "# Nothing is run. A variable stands for what an earlier command finds."
    for step in (*(check.run for check in checks), *steps):
        yield ""
        match step:
            case Run():
                yield from _run(step)
            case Confirm():
                yield f"# asks: {step.question.strip()}"
            case Stage():
                yield f"# {step.name}: {step.purpose}: {', '.join(package.SHIPPED)}, the Python files of shared"
                yield f"# goes into {step.folder}, with the hash of it all as the build id; func runs there"
            case Publish():
                yield from _run(step.remote)
                yield "# where nothing of it came to Azure, on Linux with x86-64, glibc and CPython 3.13 alone: plan B"
                yield from map(typed, (step.packages, step.local))
            case Await():
                yield f"# {step.name}: {step.purpose}"
                yield 'curl "https://$HOST/api/health"'
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
    if run.otherwise is not None:
        yield f"# where that fails: {run.otherwise.purpose}"
        yield typed(run.otherwise)
