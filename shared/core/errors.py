"""What a neighbour could not do: the faults that a call is carried past."""


class StorageUnavailable(Exception):
    """The table service did not do what was asked: unreachable, refusing, or too slow."""


class TokenUnavailable(Exception):
    """Entra gave no token for Graph; `hint` says in the operator's words what to renew or set."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class TokenPending(TokenUnavailable):
    """The token is being fetched, and has not come yet: ask again."""
