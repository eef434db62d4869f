"""The seconds that each step may take, inside a ring window of 15."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Budgets:
    """All in seconds from where the name says; the ring window is Microsoft's, the rest is ours."""

    last_attempt_ends: float = 10.5  # from the call's arrival: its record has until 12
    most_attempts: int = 4
    connect: float = 1.5  # one attempt at Graph or Entra
    read: float = 3.0
    back_off: tuple[float, ...] = (0.25, 0.5, 1.0)  # with up to half as much again, at random
    claim_write: float = 1.0
    watch_step: float = 0.1  # how often another's young claim is looked at
    directory_wait: float = 1.5  # for a load that began no longer ago than that
    first_load: float = 4.5  # the same where nothing was ever read; a call waits directory_wait at most
    table_page: float = 10.0  # one page of a table
    record_write: float = 1.5
    empty_read_grace: float = 600.0  # a full directory that suddenly reads empty
    stale_event_every: float = 3600.0
