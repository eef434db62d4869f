"""One call at the exchange: the state it is in, and the timeline of what happened to it."""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Self

from local.microsoft.exchange.call_script import IncomingCall


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

    def __init__(self, script: IncomingCall, window: float) -> None:
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
        until = min(self.gives_up_at, self._closes_at)
        with self._changed:
            self._changed.wait_for(lambda: self._state is not State.RINGING, until - time.monotonic())
            if self._decision is None:
                self._state = State.ENDED
            return self._decision

    def end(self, how: str, **facts: object) -> None:
        with self._changed:
            self._state = State.ENDED
            self.log("ended", how=how, **facts)

    def stop(self) -> None:
        """Let nobody wait for the bot any longer."""
        with self._changed:
            if self._state is State.RINGING:
                self._state = State.ENDED
            self._changed.notify_all()

    def close(self) -> None:
        """Say that nothing more will happen to the call."""
        with self._changed:
            self._over = True
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


def target_ids(body: Mapping[str, Any]) -> list[str]:
    return [identity["id"] for identity in target_identities(body).values()]


def target_identities(body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Give the identities of a redirect that Graph has checked, by target id, each with its `kind`."""
    return {
        identity["id"]: {**identity, "kind": kind}
        for target in body["targets"]
        for kind, identity in target["identity"].items()
        if not kind.startswith("@")
    }
