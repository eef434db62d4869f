"""Each form in which Microsoft signs, for every test here that places a call, on a stack that stays up."""

from collections.abc import Iterator

import pytest

from local.microsoft.identity.token_forms import TokenForm
from tests.support.stack import Stack


@pytest.fixture(params=list(TokenForm), ids=str)
def token_form(request: pytest.FixtureRequest) -> TokenForm:
    return TokenForm(request.param)


@pytest.fixture
def in_every_form(stack: Stack, token_form: TokenForm) -> Iterator[None]:
    """Let the module's stack sign in one form after the other. Without this, placing a call is an error."""
    exchange = stack.microsoft.exchange
    exchange.signs_in(token_form)
    yield
    exchange.signs_in()
