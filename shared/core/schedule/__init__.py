"""Opening hours, holidays, time zones, and the days between which a row counts."""
