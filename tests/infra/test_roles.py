"""Who may do what, and where: each role that is given, and to whom."""

import re

from tests.infra.reading import FILES, INFRA, Resource, Value, read

# https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
_BLOB_DATA_OWNER = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
_TABLE_DATA_READER = "76199698-9eea-4c19-bc75-cec21354c6b6"
_TABLE_DATA_CONTRIBUTOR = "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3"
_METRICS_PUBLISHER = "3913510d-42f4-4e42-8a64-420c390055eb"

_APP, _EDITORS = (
    ("appPrincipalId", "'ServicePrincipal'"),
    ("editorsObjectId", "empty(editorsType) ? null : editorsType"),
)
_PEOPLES: Value = ["'targets'", "'routes'", "'holidays'", "'shifts'", "'away'"]
_APPS: Value = ["'calls'", "'problems'", "'state'"]
_GIVEN: dict[str, tuple[str, tuple[str, str], str, Value]] = {
    # by symbol: the role, to whom, where, and for which tables
    "appOwnsBlobs": (_BLOB_DATA_OWNER, _APP, "account", ""),
    "appReadsDirectory": (_TABLE_DATA_READER, _APP, "directoryTables[i]", _PEOPLES),
    "appWritesItsTables": (_TABLE_DATA_CONTRIBUTOR, _APP, "appTables[i]", _APPS),
    "editorsWriteDirectory": (
        _TABLE_DATA_CONTRIBUTOR,
        _EDITORS,
        "directoryTables[i]",
        {"empty(editorsObjectId) ?": [], ":": "directoryTableNames"},
    ),
    "publishes": (_METRICS_PUBLISHER, ("publisherPrincipalId", "'ServicePrincipal'"), "appInsights", ""),
}
_ROLES = {
    symbol: (path, one)
    for path in FILES
    for symbol, one in read(path).resources.items()
    if one.type.startswith("Microsoft.Authorization/")
}


def test_each_role_is_given_to_whom_and_where_it_is_meant_to_be() -> None:
    assert {symbol: _given(symbol) for symbol in _ROLES} == _GIVEN


def test_no_two_roles_have_one_name() -> None:
    """Two assignments of one name are one, so each is named after its scope, its table, its principal and its role."""
    for _, one in _ROLES.values():
        where = "account.id, table" if one.loop else f"{one.body['scope']}.id"
        assert one.body["name"] == f"guid({where}, {_principal(one)}, {_role(one)})"


def test_a_role_for_tables_is_at_the_table_that_it_is_named_after() -> None:
    storage = read(INFRA / "modules" / "storage.bicep")

    for tables, names in (("directoryTables", "directoryTableNames"), ("appTables", "appTableNames")):
        assert storage.resources[tables].loop == f"table in {names}"
        assert storage.resources[tables].body == {"parent": "tables", "name": "table"}


def _given(symbol: str) -> tuple[str, tuple[str, str], str, Value]:
    path, one = _ROLES[symbol]
    properties = one.body["properties"]
    assert isinstance(properties, dict)
    assert one.condition is None
    variables = read(path).variables
    loop = re.fullmatch(r"\(table, i\) in (\w+)", one.loop or "")
    tables = variables[loop[1]] if loop else one.loop or ""
    role = str(variables[_role(one)]).strip("'")
    return role, (_principal(one), str(properties["principalType"])), str(one.body["scope"]), tables


def _role(one: Resource) -> str:
    properties = one.body["properties"]
    assert isinstance(properties, dict)
    ways = r"subscriptionResourceId\('Microsoft.Authorization/roleDefinitions', (\w+)\)"
    found = re.fullmatch(ways, str(properties["roleDefinitionId"]))
    assert found
    return found[1]


def _principal(one: Resource) -> str:
    properties = one.body["properties"]
    assert isinstance(properties, dict)
    return str(properties["principalId"])
