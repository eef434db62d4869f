"""Microsoft's clouds, side by side: https://learn.microsoft.com/graph/deployments."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """`graph` and `login` are base URLs; `metadata` publishes the keys that sign for `issuers`.

    `exchange` is the audience of a managed identity's token that proves an app registration.
    """

    name: str
    graph: str
    login: str
    metadata: tuple[str, ...]
    issuers: tuple[str, ...]
    assertion_audience: str


_WORLDWIDE_KEYS = "https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration"
_GOVERNMENT_KEYS = "https://apigcch.botframework.azure.us/v1/.well-known/OpenIdConfiguration"
# Which keys and issuers sign for government bots is unsettled (microsoft-graph-comms-samples issue 865): both do here.
_GOVERNMENT_ISSUERS = (
    "https://api.botframework.us",
    "https://api.botframework.us/",
    "https://api.botframework.com",
    "https://api.botframework.com/",
)

GLOBAL = Cloud(
    name="global",
    graph="https://graph.microsoft.com",
    login="https://login.microsoftonline.com",
    metadata=(_WORLDWIDE_KEYS,),
    issuers=("https://api.botframework.com", "https://graph.microsoft.com"),
    assertion_audience="api://AzureADTokenExchange",
)
USGOV = Cloud(
    name="usgov",
    graph="https://graph.microsoft.us",
    login="https://login.microsoftonline.us",
    metadata=(_GOVERNMENT_KEYS, _WORLDWIDE_KEYS),
    issuers=(*_GOVERNMENT_ISSUERS, "https://graph.microsoft.us"),
    assertion_audience="api://AzureADTokenExchangeUSGov",
)
USGOVDOD = Cloud(
    name="usgovdod",
    graph="https://dod-graph.microsoft.us",
    login="https://login.microsoftonline.us",
    metadata=(_GOVERNMENT_KEYS, _WORLDWIDE_KEYS),
    issuers=(*_GOVERNMENT_ISSUERS, "https://dod-graph.microsoft.us"),
    assertion_audience="api://AzureADTokenExchangeUSGov",
)

CLOUDS = {cloud.name: cloud for cloud in (GLOBAL, USGOV, USGOVDOD)}
CLOUDS_WITHOUT_CALLING = {
    "china": "Microsoft Graph has no calling API in the China cloud (21Vianet), so no call can be redirected"
}
