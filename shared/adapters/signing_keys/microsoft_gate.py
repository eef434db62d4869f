"""The gate as the flow meets it: the key from Microsoft, the rules from core, the time from the clock."""

from shared.adapters.signing_keys.key_cache import SigningKeyCache
from shared.core.gate import GatePolicy, Verified, admit, parse_token
from shared.ports import Clock


class MicrosoftGate:
    def __init__(self, keys: SigningKeyCache, policy: GatePolicy, clock: Clock) -> None:
        self._keys = keys
        self._policy = policy
        self._clock = clock

    async def admit(self, authorization: str | None, body: bytes) -> Verified:
        """Let a body in that Microsoft signed for. Raises NotFromMicrosoft, TenantNotAllowed, KeysUnavailable."""
        presented = parse_token(authorization)
        key = await self._keys.find(presented.kid)
        return admit(presented, key, self._policy, body, self._clock.now().timestamp())
