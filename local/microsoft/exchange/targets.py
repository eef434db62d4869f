"""Whom a redirect names, by id."""

from collections.abc import Mapping
from typing import Any


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
