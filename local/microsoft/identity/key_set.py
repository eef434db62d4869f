"""Publish the signing keys of one publisher: announce new ones, sign with them, withdraw the old ones."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from local.microsoft.identity import signing_keys
from local.microsoft.identity.signing_keys import Key


class KeySet:
    """Keys of that name, one of which signs; `members` stands beside each of them in the published set."""

    def __init__(self, name: str, members: Mapping[str, Any]) -> None:
        self._name = name
        self._members = members
        self._made = 0
        self._signing = [self._new()]
        self._current = self._signing[0]
        self._others: list[tuple[Key, Mapping[str, Any]]] = []

    @property
    def current(self) -> Key:
        return self._current

    def document(self) -> dict[str, Any]:
        """Give the JSON Web Key Set."""
        published = [(key, self._members) for key in self._signing] + self._others
        return {"keys": [{**key.jwk(), **members} for key, members in published]}

    def publish(self, key: Key, members: Mapping[str, Any]) -> Key:
        """Publish one more key, which never becomes the one that signs."""
        self._others = [*self._others, (key, members)]
        return key

    def forge(self, kid: str) -> Key:
        """Publish a key of its own under that kid, which is another publisher's, and give it."""
        return self.publish(replace(signing_keys.key(f"{self._name} forged"), kid=kid), self._members)

    def announce(self) -> None:
        """Publish a new key, and go on signing with the one before until the keys are rotated."""
        self._signing = [*self._signing, self._new()]

    def rotate(self) -> Key:
        """Sign with a new key, the announced one where there is one; the old ones stay published until withdrawn."""
        if self._current is self._signing[-1]:
            self.announce()
        self._current = self._signing[-1]
        return self._current

    def withdraw(self) -> None:
        """Publish of the keys that sign the current one alone."""
        self._signing = [self._current]

    def _new(self) -> Key:
        self._made += 1
        return signing_keys.key(f"{self._name} {self._made}")
