"""The telephone exchange: ring the bot, ring whom it redirects to, tell it how the call ended."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from local.microsoft.exchange import notifications, phones
from local.microsoft.exchange.call import Call, Decision
from local.microsoft.exchange.call_script import Busy, Declines, IncomingCall, Phone, PicksUp
from local.microsoft.exchange.courier import Courier
from local.microsoft.exchange.phones import REJECTED, STOPPED, WINDOW_CLOSED, Course, Ending, hung_up
from local.microsoft.exchange.targets import target_identities
from local.microsoft.identity.token_forms import TokenForm

WINDOW_SECONDS = 15.0
_KEPT = 10_000  # calls remembered
_PATIENCE_SECONDS = 5.0  # for a bot that has not answered its last notification


class Act(StrEnum):
    """What a person can do at a phone."""

    PICKS_UP = "picksUp"
    DECLINES = "declines"
    BUSY = "busy"
    HANGS_UP = "hangsUp"


class Exchange:
    """Calls of one bot. `speed` is how much faster than life the phones are; the bot's window is never scaled."""

    def __init__(self, courier: Courier, speed: float = 1.0, window: float = WINDOW_SECONDS) -> None:
        self.phones: dict[str, Phone] = {}  # what a target does in every call whose own script says nothing of it
        self.heard: Callable[[str], object] = lambda _: None  # is given a call's id whenever something happens to it
        self._courier = courier
        self._speed = speed
        self._window = window
        self._calls: OrderedDict[str, Call] = OrderedDict()
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def delivers_to(self, base: str) -> None:
        """Send calls to this app; the host of a callbackUri is replaced by it, the path kept."""
        self._courier.delivers_to(base)

    def signs_in(self, *forms: TokenForm) -> None:
        """Sign notifications in each of these in turn, but for those of a call that has a form of its own."""
        self._courier.signs_in(*forms)

    def find(self, call_id: str) -> Call | None:
        with self._lock:
            return self._calls.get(call_id)

    def ring(self, script: IncomingCall | None = None) -> Call:
        """Place a call and return at once. Raises RuntimeError if the bot or the form is not known."""
        call = Call(script or IncomingCall(), self._window, self.heard)
        webhook = self._courier.webhook(call.script.form)
        with self._lock:
            if self._stopping.is_set():
                raise RuntimeError("the exchange has stopped")
            if call.id in self._calls:
                raise ValueError(f"call {call.id} has been placed before")
            self._calls[call.id] = call
            if len(self._calls) > _KEPT:
                self._calls.popitem(last=False)
        call.log("rang", caller=call.script.caller.kind, called=call.script.called.id)
        self._start(lambda: self._live(call, webhook))
        return call

    def act(self, call: Call, who: str, does: Act) -> None:
        """Let a person do this while the call rings, or talks. Raises ValueError where that cannot be."""
        if does is Act.HANGS_UP:
            call.hang_up(who)
        else:
            after = (time.monotonic() - call.ringing_since) * self._speed
            phone: dict[Act, Phone] = {
                Act.PICKS_UP: PicksUp(after),
                Act.DECLINES: Declines(after),
                Act.BUSY: Busy(after),
            }
            call.act(who, phone[does])

    def announce_again(self, call: Call) -> threading.Thread:
        """Send the call's notification once more, as after one that got no answer. The thread ends with its answer."""
        webhook = self._courier.webhook(call.script.form)
        return self._start(lambda: self._send(call, "notified", webhook, notifications.incoming(call, webhook), 1))

    def stop(self) -> None:
        """End all calls without telling anybody more."""
        self._stopping.set()
        with self._lock:
            calls, threads = list(self._calls.values()), list(self._threads)
        for call in calls:
            call.stop()
        until = time.monotonic() + _PATIENCE_SECONDS
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _live(self, call: Call, webhook: str) -> None:
        try:
            if call.script.delivery.terminated_first:
                self._end(call, hung_up(call.script.caller.kind), webhook)
                self._announce(call, webhook)
                return
            announcing = self._start(lambda: self._announce(call, webhook))
            self._decide(call, webhook)
            announcing.join()
        finally:
            call.close()

    def _announce(self, call: Call, webhook: str) -> None:
        self._send(call, "notified", webhook, notifications.incoming(call, webhook), call.script.delivery.incoming)

    def _decide(self, call: Call, webhook: str) -> None:
        decision = call.await_decision()
        if decision is None:
            self._end(call, hung_up(call.script.caller.kind) if call.gives_up_first else WINDOW_CLOSED, webhook)
            return
        to = decision.body.get("callbackUri", webhook)
        self._end(call, self._ring_phones(call, decision) if decision.operation == "redirect" else REJECTED, to)

    def _ring_phones(self, call: Call, decision: Decision) -> Ending:
        """Tell each moment when it has come; whenever a person acts, what is still to come is worked out anew."""
        targets = target_identities(decision.body)
        call.rings_at(tuple(targets))
        told = 0
        while not self._stopping.is_set():
            acts, course = call.acts, self._course(call, targets, decision.body.get("timeout"))
            is_last = told == len(course.moments)
            due = course.ends_at if is_last else course.moments[told].at
            if call.await_act(acts, call.ringing_since + due / self._speed):
                continue
            if is_last:
                return course.ending
            moment = course.moments[told]
            call.log(moment.what, **{"by" if moment.what == "pickedUp" else "target": moment.who})
            told += 1
        return STOPPED

    def _course(self, call: Call, targets: Mapping[str, Mapping[str, Any]], timeout: int | None) -> Course:
        script = call.script
        default = phones.RING_ONE if len(targets) == 1 else phones.RING_SEVERAL
        return phones.course(
            targets,
            lambda who: call.by_hand.get(who) or script.phones.get(who, self.phones.get(who, script.everyone)),
            rings_for=default if timeout is None else timeout,
            caller_stays=(call.gives_up_at - call.ringing_since) * self._speed,
            gives_up=hung_up(script.caller.kind),
        )

    def _end(self, call: Call, ending: Ending, to: str) -> None:
        if self._stopping.is_set():
            call.end(STOPPED.how)
            return
        result = call.script.result or ending.result
        call.end(ending.how, **({"code": result.code, "subcode": result.subcode} if result else {}))
        if ending is REJECTED:
            body = notifications.rejected(call)
        else:
            body = notifications.terminated(call, to, result, ending.answered_by)
        self._send(call, "told", to, body, call.script.delivery.terminated)

    def _send(self, call: Call, what: str, to: str, body: Any, times: int) -> None:
        """Send a notification so many times at once, and wait for all the answers."""
        if times == 0:
            call.log("lost", notification=what)
        sent = [self._start(lambda: self._courier.tell(call, what, to, body)) for _ in range(times)]
        for thread in sent:
            thread.join()

    def _start(self, work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            finally:
                with self._lock:
                    self._threads.discard(thread)

        thread = threading.Thread(target=run, daemon=True)
        with self._lock:
            self._threads.add(thread)
            thread.start()  # stop() may join only what has been started
        return thread
