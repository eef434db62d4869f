"""Whatever a key server publishes, what is kept of it is strong keys, or nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.http_pool import HttpPool
from shared.adapters.signing_keys.openid import KeySetReader, OpenIdProvider, UnusableKeySet
from shared.adapters.tls import tls_context
from tests.support.servers import Exchange, serving
from tests.support.tokens import LEGACY, signer, whole

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
MODULUS = st.integers(1, 4096).map(lambda bits: whole(1 << bits | 1))
KEY = st.builds(
    lambda odd, weak: signer().jwk() | odd | weak,
    st.dictionaries(st.sampled_from(["kid", "kty", "use", "n", "e"]), JSON, max_size=2),
    st.just({}) | st.fixed_dictionaries({"n": MODULUS}),
)


@dataclass(slots=True)
class Publishing:
    """A key server whose keys each example sets."""

    http: HttpPool
    url: str = ""
    keys: Any = None

    def answer(self, exchange: Exchange) -> None:
        is_metadata = exchange.path == "/metadata"
        exchange.reply_json({"jwks_uri": f"{self.url}/keys"} if is_metadata else {"keys": self.keys})


@pytest.fixture(scope="module")
def publishing() -> Iterator[Publishing]:
    publishing = Publishing(HttpPool(tls_context()))
    with serving(publishing.answer) as server:
        publishing.url = server.url
        yield publishing


@given(published=st.lists(KEY | JSON, max_size=4) | JSON)
def test_any_set_of_keys_gives_strong_keys_or_none(publishing: Publishing, published: Any) -> None:
    publishing.keys = published
    reader = KeySetReader(publishing.http, (5.0, 5.0), 1 << 20)
    try:
        keys = reader.keys(OpenIdProvider(f"{publishing.url}/metadata", LEGACY))
    except (UnusableKeySet, ValueError, RecursionError):
        return
    assert keys
    assert all(kid == key.kid and key.public.key_size >= 2048 for kid, key in keys.items())
