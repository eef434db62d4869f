"""Put together what tells of missed calls; a call that is answered waits for none of it."""

from collections.abc import Sequence

from shared.adapters import telemetry
from shared.adapters.tables.calls_table import CallsTable
from shared.adapters.tables.messages_table import MessagesTable
from shared.adapters.tables.past_calls_table import PastCallsTable
from shared.adapters.webhook import Webhook
from shared.core.budgets import Budgets
from shared.core.directory.model import Directory
from shared.core.missed_call.card import digest_card, missed_call_card
from shared.core.missed_call.daily import day_card, day_json
from shared.core.missed_call.digest import digest
from shared.core.missed_call.json_message import digest_json, missed_call_json
from shared.core.missed_call.missed_call import MissedCall
from shared.core.missed_call.wording import Shown, Wording
from shared.core.record.record import CallKey, Record
from shared.ports import Clock
from shared.settings.settings import Settings
from shared.upkeep.daily_digest import DailyDigest
from shared.upkeep.outbox import Outbox
from shared.wiring.neighbours import Neighbours

_CONNECT, _READ = 0.5, 1.0  # seconds: the answer to Microsoft waits for the rows too


def build_messages_table(neighbours: Neighbours) -> MessagesTable:
    return MessagesTable(neighbours.tables(), _CONNECT, _READ)


def build_outbox(settings: Settings, neighbours: Neighbours, budgets: Budgets, clock: Clock) -> Outbox | None:
    """Give it where MISSED_CALL_WEBHOOK is set."""
    if settings.missed_call_webhook is None:
        return None

    calls_table = CallsTable(neighbours.entrance.pool, neighbours.account, budgets, clock.now)

    def record(key: CallKey) -> Record | None:
        stored = calls_table.read(key)
        return stored.record if stored else None

    def write(calls: Sequence[MissedCall]) -> bytes:
        wording = Wording(
            neighbours.directory.current() or Directory(), settings.time_zone, Shown(settings.missed_call_caller)
        )
        return _WRITERS[settings.missed_call_format](calls, wording)

    return Outbox(
        store=build_messages_table(neighbours),
        record=record,
        write=write,
        send=Webhook(neighbours.entrance.pool, settings.missed_call_webhook, clock.now).post,
        clock=clock,
        events=telemetry.event,
    )


def build_daily_digest(
    settings: Settings, neighbours: Neighbours, budgets: Budgets, clock: Clock
) -> DailyDigest | None:
    """Give it where MISSED_CALL_DAILY is set, and an address to send it to."""
    outbox = build_outbox(settings, neighbours, budgets, clock)
    if settings.missed_call_daily is None or outbox is None:
        return None
    write = day_json if settings.missed_call_format == "json" else day_card
    return DailyDigest(
        past=PastCallsTable(neighbours.tables(), budgets),
        store=build_messages_table(neighbours),
        outbox=outbox,
        write=lambda day: write(day, neighbours.directory.current() or Directory()),
        clock=clock,
        events=telemetry.event,
        at=settings.missed_call_daily,
        zone=settings.time_zone,
    )


def _card(calls: Sequence[MissedCall], wording: Wording) -> bytes:
    return missed_call_card(calls[0], wording) if len(calls) == 1 else digest_card(digest(calls, wording))


def _json(calls: Sequence[MissedCall], wording: Wording) -> bytes:
    return missed_call_json(calls[0], wording) if len(calls) == 1 else digest_json(calls, wording)


_WRITERS = {"card": _card, "json": _json}
