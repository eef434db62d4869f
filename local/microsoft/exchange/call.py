"""One call at the exchange: the state it is in, and the timeline of what happened to it."""

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Self

from local.microsoft.exchange.call_script import IncomingCall, Phone
from local.microsoft.exchange.targets import target_ids

CALLER = "caller"  # instead of a target's id, for whoever called


@dataclass(frozen=True, slots=True)
class Event:
    at: float  # time.monotonic()
    what: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """What the bot asked of Graph."""

    operation: str
    body: Mapping[str, Any]


class State(Enum):
    RINGING = auto()
    DECIDED = auto()
    ENDED = auto()


class Call:
    """Rings from construction on, for `window` seconds at most."""

    def __init__(self, script: IncomingCall, window: float, heard: Callable[[str], object] = lambda _: None) -> None:
        self.script = script
        self.chain_id = str(uuid.uuid4())
        self.participant_id = str(uuid.uuid4())
        self.rang_at = time.monotonic()
        stays = script.hangs_up_after
        self.gives_up_at = float("inf") if stays is None else self.rang_at + stays
        self._closes_at = self.rang_at + window
        self._state = State.RINGING
        self._decision: Decision | None = None
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._over = False
        self._heard = heard  # is given the call's id whenever something has happened
        self.by_hand: dict[str, Phone] = {}  # what a person did at a phone, whatever the script says of it
        self.acts = 0
        self.ringing_since = float("inf")  # time.monotonic()
        self._rings_at: Sequence[str] = ()

    @property
    def id(self) -> str:
        return self.script.call_id

    @property
    def tenant(self) -> str:
        return self.script.tenant

    @property
    def rings(self) -> bool:
        return self._state is State.RINGING and time.monotonic() < self._closes_at

    @property
    def gives_up_first(self) -> bool:
        """Say whether an undecided call ends by its caller, not by the window."""
        return self.gives_up_at < self._closes_at

    @property
    def timeline(self) -> list[Event]:
        with self._changed:
            return list(self._events)

    @property
    def over(self) -> bool:
        return self._over

    def log(self, what: str, **facts: object) -> None:
        with self._changed:
            self._events.append(Event(time.monotonic(), what, facts))
            self._changed.notify_all()
        self._heard(self.id)

    def happened(self, what: str) -> list[Event]:
        return [event for event in self.timeline if event.what == what]

    @property
    def notified(self) -> int | None:
        """The status that the first answered incoming notification got."""
        return next((event.facts["status"] for event in self.happened("notified") if "status" in event.facts), None)

    def decide(self, operation: str, body: Mapping[str, Any], request_id: str) -> bool:
        """Redirect or reject the call, once; False if it is gone."""
        with self._changed:
            if not self.rings:
                return False
            self._state = State.DECIDED
            self._decision = Decision(operation, body)
            if operation == "redirect":
                facts = {key: value for key, value in body.items() if key != "targets"}
                self.log("redirected", targets=target_ids(body), requestId=request_id, **facts)
            else:
                self.log("rejected", reason=body.get("reason"), requestId=request_id)
        return True

    def await_decision(self) -> Decision | None:
        """Wait for the bot until the caller gives up or the window closes; without a decision the call has ended."""
        with self._changed:
            while self._state is State.RINGING:
                left = min(self.gives_up_at, self._closes_at) - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(left)
            if self._decision is None:
                self._state = State.ENDED
            return self._decision

    def rings_at(self, targets: Sequence[str]) -> None:
        """Let a person act at these phones from now on."""
        with self._changed:
            self.ringing_since, self._rings_at = time.monotonic(), targets

    def act(self, who: str, phone: Phone) -> None:
        """Do this at a phone that rings. Raises ValueError where it does not, or no longer."""
        with self._changed:
            silent = {event.facts["target"] for event in self._events if event.what in {"declined", "busy"}}
            if self._state is not State.DECIDED or who not in self._rings_at or who in silent | self.by_hand.keys():
                raise ValueError(f"no phone of {who} rings for this call now")
            self.by_hand[who] = phone
            self._acted()

    def hang_up(self, who: str) -> None:
        """Let the caller give up, or either end of a talk put the phone down. Raises ValueError where nobody can."""
        with self._changed:
            if self._state is State.ENDED:
                if self.happened("talkEnded") or not self.happened("pickedUp"):
                    raise ValueError("this call is over")
                self.log("talkEnded", by=who)
            elif who != CALLER:
                raise ValueError("before somebody has picked up, the caller alone can hang up")
            else:
                self.gives_up_at = min(self.gives_up_at, time.monotonic())
                self._acted()

    def await_act(self, seen: int, until: float) -> bool:
        """Wait for a person to act, or for the call to be stopped; False once it is that late.

        `seen` is how often somebody had acted when the caller last looked.
        """
        with self._changed:
            left = max(0.0, until - time.monotonic())
            return self._changed.wait_for(lambda: self.acts > seen or self._state is State.ENDED, left)

    def end(self, how: str, **facts: object) -> None:
        with self._changed:
            self._state = State.ENDED
            self.log("ended", how=how, **facts)

    def stop(self) -> None:
        """Let nobody wait for the bot, or for a phone, any longer."""
        with self._changed:
            self._state = State.ENDED
            self._changed.notify_all()

    def close(self) -> None:
        """Say that nothing more will happen to the call."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        self._heard(self.id)

    def _acted(self) -> None:
        self.acts += 1
        self._changed.notify_all()

    def wait(self, timeout: float = 10.0) -> Self:
        """Wait until the call is over and everybody has been told. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._over, timeout):
                raise TimeoutError(f"call {self.id} is not over after {timeout} s: {[e.what for e in self._events]}")
        return self

    def wait_for(self, what: str, timeout: float = 10.0) -> Event:
        """Wait until this has happened. Raises TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: any(event.what == what for event in self._events), timeout):
                raise TimeoutError(f"call {self.id}: no {what} in {timeout} s: {[e.what for e in self._events]}")
        return self.happened(what)[0]
