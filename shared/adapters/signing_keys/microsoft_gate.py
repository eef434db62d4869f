"""The gate as the flow meets it: the key from Microsoft, the rules from core, the time from the clock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.adapters.signing_keys.key_cache import SigningKeyCache
from shared.core.gate.admit import GatePolicy, Verified, admit
from shared.core.gate.bearer_token import parse_token
from shared.core.gate.claimed_identity import claimed_identity
from shared.core.gate.publishers import Publisher, TokenForm
from shared.core.ids import AppId
from shared.core.refusals import NotFromMicrosoft
from shared.ports import Clock


class MicrosoftGate:
    def __init__(
        self,
        keys: SigningKeyCache,
        policy: GatePolicy,
        publishers: Sequence[Publisher],
        clock: Clock,
        known_callers: Iterable[AppId] = (),
    ) -> None:
        """Take all `publishers`, those too whose keys nobody asks for: what is refused has a form as well.

        `known_callers` are Microsoft's, whom the policy may leave out: refused, they are still no strangers.
        """
        self._keys = keys
        self._policy = policy
        self._publishers = publishers
        self._claimable = replace(policy, callers=policy.callers.union(known_callers))
        self._clock = clock
        self._last_seen: dict[TokenForm, datetime] = {}

    @property
    def last_seen(self) -> Mapping[TokenForm, datetime]:
        """When a token of each form was last let in, by this process."""
        return dict(self._last_seen)

    async def admit(self, authorization: str | None, body: bytes) -> Verified:
        """Let a body in that Microsoft signed for. Raises NotFromMicrosoft, TenantNotAllowed, KeysUnavailable."""
        try:
            presented = parse_token(authorization)
            key = await self._keys.find(presented.kid, presented.unverified_issuer)
            now = self._clock.now()
            verified = admit(presented, key, self._policy, body, now.timestamp())
        except NotFromMicrosoft as refusal:
            refusal.claimed = claimed_identity(authorization, self._claimable, self._publishers)
            raise
        self._last_seen[verified.form] = now
        return verified
