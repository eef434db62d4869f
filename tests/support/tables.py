"""Rows as the table service gives them, and who stands in them."""

from typing import Any

from shared.core.ids import AppId

BOT = AppId("24701998-1a73-4d42-8085-bf46ed0ae039")  # the API page's
ANNA = "98da8a1a-1b87-452c-a713-65d3f10b1253"
BO = "bf5aae9a-d11d-47a8-93b1-782504c9c3f3"
LINE = "7629bdce-046c-4903-86b4-a8f718277e1a"  # the API page's resource account
SECOND_LINE = "8729bdce-046c-4903-86b4-a8f718277e1b"


def target(who: str, of_list: str = "default", **columns: Any) -> dict[str, Any]:
    """Write a row of `targets`."""
    return {"PartitionKey": of_list, "RowKey": who, **columns}


def route(line: str = "any", caller: str = "any", **columns: Any) -> dict[str, Any]:
    """Write a row of `routes`."""
    return {"PartitionKey": line, "RowKey": caller, **columns}


def shift(of_list: str, since: str, who: object, **columns: Any) -> dict[str, Any]:
    """Write a row of `shifts`."""
    return {"PartitionKey": of_list, "RowKey": since, "Who": who, **columns}


def absence(who: str, since: str, **columns: Any) -> dict[str, Any]:
    """Write a row of `away`."""
    return {"PartitionKey": who, "RowKey": since, **columns}
