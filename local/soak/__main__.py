"""`python -m local.soak`: play the calls, print the balance, and fail where it is not even."""

import argparse
import secrets
import sys

from local.microsoft.identity.token_forms import add_form_option, chosen_forms
from local.soak.play import Result, soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local.soak", description="Thousands of calls, faults at random.")
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None, help="what a run before printed, to draw the same calls")
    parser.add_argument("--at-once", type=int, default=32, help="how many calls ring at the same time")
    parser.add_argument("--within", type=float, default=1200.0, help="seconds after which no more calls are played")
    add_form_option(parser, "each in turn")
    asked = parser.parse_args()
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)

    result = soak(
        asked.calls,
        forms=chosen_forms(asked.form),
        seed=seed,
        at_once=asked.at_once,
        within=asked.within,
        say=lambda text: print(text, flush=True),
    )
    print(report(result))
    return 0 if result.balance.is_even and not result.faults else 1


def report(result: Result) -> str:
    """Write the balance as a person reads it."""
    made_up = result.balance
    rows = {
        "calls in": made_up.calls,
        "redirected": made_up.redirected,
        "rejected": made_up.rejected,
        "over before": made_up.over_before,
        "redirected twice": made_up.twice,
        "records": f"{made_up.records} ({made_up.rows} rows, {made_up.lines} lines of the log)",
        "outcomes": made_up.outcomes,
        "duplicates": made_up.duplicates,
        "forged": f"{made_up.forged} ({made_up.forged_let_in} let in)",
        "faults of ours": result.faults,
        "lost": len(made_up.lost),
        "memory": f"{result.memory[0]} kB when warm, {result.memory[-1]} kB at the end",
        "seconds": f"{result.seconds:.0f}",
    }
    lines = [f"{name:17} {value}" for name, value in rows.items()]
    return "\n".join([*lines, *(f"lost: {call}" for call in made_up.lost[:20])])


if __name__ == "__main__":
    sys.exit(main())
