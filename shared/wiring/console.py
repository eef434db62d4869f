"""Put together what answers people; no call waits for it."""

from shared.adapters.probes import GraphProbe, TableProbe
from shared.adapters.tables.past_calls_table import PastCallsTable
from shared.console.doctor import Doctor
from shared.console.inquiries import Inquiries
from shared.console.recent_calls import RecentCalls
from shared.core.missed_call.address import address_findings
from shared.wiring.app import App


def build_inquiries(app: App) -> Inquiries:
    settings, neighbours = app.settings, app.neighbours
    doctor = Doctor(
        neighbours.entrance.keys.providers,
        neighbours.entrance.gate,
        neighbours.tokens,
        TableProbe(neighbours.tables()),
        GraphProbe(neighbours.http, settings.graph_url),
        app.clock,
        tenants=settings.allowed_tenant_ids,
        has_fallback=bool(settings.fallback_targets),
        missed_calls=tuple(
            address_findings(
                settings.missed_call_webhook,
                settings.missed_call_format,
                is_daily=settings.missed_call_daily is not None,
            )
        ),
        token_forms=settings.token_forms,
        admits_calling_service=not settings.caller_app_ids.isdisjoint(settings.cloud.entra.callers),
        ignored_settings=tuple(map(str, settings.ignored)),
        base_url=settings.public_base_url,
    )
    recent_calls = RecentCalls(PastCallsTable(neighbours.tables(), app.budgets), app.clock)
    return Inquiries(neighbours.directory, doctor, recent_calls, app.clock, app.last_resort, settings.public_base_url)
