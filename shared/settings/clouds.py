"""Microsoft's clouds, side by side: https://learn.microsoft.com/graph/deployments."""

from shared.core.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Legacy:
    """The calling service signs notifications itself: `metadata` publishes the keys that sign for `issuers`."""

    metadata: tuple[str, ...]
    issuers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entra:
    """Entra signs them for the calling service: `metadata` publishes the keys that sign for both issuers.

    `{login}` is the cloud's login or LOGIN_URL, `{tid}` the tenant that a token names; `callers` are the app ids of the
    calling service.
    """

    metadata: str
    v2_issuer: str
    v1_issuer: str
    callers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cloud:
    """`graph` and `login` are base URLs; a notification is signed in the `legacy` form or by `entra`.

    `assertion_audience` is that of a managed identity's token that proves an app registration.
    """

    name: str
    graph: str
    login: str
    legacy: Legacy
    entra: Entra
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
# "Skype Teams Calling API Service". Microsoft's SDK (Microsoft.Graph.Communications.Calls 1.2.0.18742) trusts it in
# every cloud, and says that government clouds have one more, which it does not name.
_CALLING_SERVICE = "26a18ebc-cdf7-4a6a-91cb-beb352805e81"
# The same words in every cloud: what differs is the login.
_ENTRA = Entra(
    metadata="{login}/common/v2.0/.well-known/openid-configuration",
    v2_issuer="{login}/{tid}/v2.0",
    v1_issuer="https://sts.windows.net/{tid}/",
    callers=(_CALLING_SERVICE,),
)

GLOBAL = Cloud(
    name="global",
    graph="https://graph.microsoft.com",
    login="https://login.microsoftonline.com",
    legacy=Legacy(
        metadata=(_WORLDWIDE_KEYS,),
        issuers=("https://api.botframework.com", "https://graph.microsoft.com"),
    ),
    entra=_ENTRA,
    assertion_audience="api://AzureADTokenExchange",
)
USGOV = Cloud(
    name="usgov",
    graph="https://graph.microsoft.us",
    login="https://login.microsoftonline.us",
    legacy=Legacy(
        metadata=(_GOVERNMENT_KEYS, _WORLDWIDE_KEYS),
        issuers=(*_GOVERNMENT_ISSUERS, "https://graph.microsoft.us"),
    ),
    entra=_ENTRA,
    assertion_audience="api://AzureADTokenExchangeUSGov",
)
USGOVDOD = Cloud(
    name="usgovdod",
    graph="https://dod-graph.microsoft.us",
    login="https://login.microsoftonline.us",
    legacy=Legacy(
        metadata=(_GOVERNMENT_KEYS, _WORLDWIDE_KEYS),
        issuers=(*_GOVERNMENT_ISSUERS, "https://dod-graph.microsoft.us"),
    ),
    entra=_ENTRA,
    assertion_audience="api://AzureADTokenExchangeUSGov",
)

CLOUDS = {cloud.name: cloud for cloud in (GLOBAL, USGOV, USGOVDOD)}
CLOUDS_WITHOUT_CALLING = {
    "china": "Microsoft Graph has no calling API in the China cloud (21Vianet), so no call can be redirected"
}
