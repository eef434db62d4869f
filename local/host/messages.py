"""Stand in for the protobuf messages that the Functions host and its worker exchange.

The worker library sets and reads fields by name and never serializes them, so plain objects serve.
https://github.com/Azure/azure-functions-language-worker-protobuf
"""

from types import SimpleNamespace
from typing import Any


class Message(SimpleNamespace):
    def WhichOneof(self, _group: str) -> str | None:  # noqa: N802  protobuf's own name
        # Beside the field that is set, the only other one in the messages it is asked of is a parameter's name.
        return next((field for field in vars(self) if field != "name"), None)


class Messages:
    """Any message type by its name: `protos.RpcHttp(method="GET")`."""

    def __getattr__(self, kind: str) -> Any:
        message = type(kind, (Message,), dict(_ENUMS.get(kind, {})))
        setattr(self, kind, message)
        return message


_ENUMS: dict[str, dict[str, Any]] = {
    "StatusResult": {"Failure": 0, "Success": 1, "Cancelled": 2},
    "BindingInfo": {"in": 0, "out": 1, "inout": 2, "undefined": 0, "string": 1, "binary": 2, "stream": 3},
    "RpcHttpCookie": {"SameSite": SimpleNamespace(**{"None": 0, "Lax": 1, "Strict": 2, "ExplicitNone": 3})},
}
