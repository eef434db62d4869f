"""Ask the app's own check what is wrong with a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True, slots=True)
class CheckClient:
    """The app, by its address; the check reads the tables anew."""

    url: str

    def problems(self, table: str, row: str) -> list[Mapping[str, Any]]:
        """Give what the app finds wrong with one row, or with its whole list; nothing where no app answers."""
        with requests.Session() as session:
            session.trust_env = False  # a proxy of this machine has no business with loopback
            try:
                answer = session.get(f"{self.url}/api/check", headers={"Accept": "application/json"}, timeout=20)
                found: list[Mapping[str, Any]] = answer.json()["problems"]
            except (requests.RequestException, ValueError, LookupError):
                return []
        names = {row.lower(), row.partition("/")[0].lower()}
        return [one for one in found if one["table"] == table and str(one["row"]).lower() in names]
