"""The seconds that each step may take, inside a ring window of 15."""

from dataclasses import field

from shared.core.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ClaimTimings:
    """For how long a call is whose: all in seconds. docs/architecture.md, "The claim", has the states and the reasons.

    A claim is a lease. Its owner counts from before the write that took or renewed it, and `clock_skew` less than the
    others: whoever takes it over then finds nobody who still sends.
    """

    stale_after: float = 5.5  # a claim that has not moved for so long is taken over: its owner must have died
    clock_skew: float = 0.5  # by which the clocks of two instances may differ
    longest_wait: float = 1.0  # asleep or for a token, before the owner looks at its lease again
    for_attempt: float = 4.5  # left of the lease where an attempt begins: `Budgets.connect` and `read`
    for_wait: float = 3.5  # left where it waits on: `longest_wait`, and a renewal after it
    watch_step: float = 0.1  # how often another's claim is looked at
    recorded_by: float = 12.0  # from the call's arrival: until then its record is tried again
    first_minute: float = 60.0  # of a UTC day, in which the row may be yesterday's

    @property
    def lease(self) -> float:
        """For how long the owner may act without a renewal."""
        return self.stale_after - self.clock_skew


@dataclass(frozen=True, slots=True)
class Budgets:
    """All in seconds from where the name says; the ring window is Microsoft's, the rest is ours."""

    last_attempt_ends: float = 10.5  # from the call's arrival: its record has until `ClaimTimings.recorded_by`
    most_attempts: int = 4
    shortest_attempt: float = 0.5  # less is not worth beginning
    connect: float = 1.5  # one attempt at Graph or Entra
    read: float = 3.0
    back_off: tuple[float, ...] = (0.25, 0.5, 1.0)  # with up to half as much again, at random
    throttled: float = 1.0  # the least after a 429
    claim_write: float = 1.0
    claims: ClaimTimings = field(default_factory=ClaimTimings)
    directory_wait: float = 1.5  # for a load that began no longer ago than that
    first_load: float = 4.5  # the same where nothing was ever read
    first_wait: float = 4.0  # of a call for that load: without it, it could ring FALLBACK_TARGETS at most
    table_page: float = 10.0  # one page of a table
    record_write: float = 1.5
    most_waiting_for_table: int = 64  # calls whose record is tried again: each holds a thread, of 128
    empty_read_grace: float = 600.0  # a full directory that suddenly reads empty
    stale_event_every: float = 3600.0

    def pause(self, tries: int, jitter: float, least: float = 0.0) -> float:
        """Give the seconds to wait after so many tries, `least` or more, so that those who failed together part.

        `jitter` is a random number from 0 to 1: it adds up to half of the pause, and never more than half a second.
        """
        base = max(self.back_off[min(tries, len(self.back_off)) - 1], least)
        return base + jitter * min(base, self.back_off[-1]) / 2
