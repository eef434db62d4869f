"""Redirect a call with Microsoft's own libraries, each used as its documentation shows.

The redirect: https://learn.microsoft.com/graph/api/call-redirect, the page's Python snippet.
Its client, with the asynchronous credential for an application: https://github.com/microsoftgraph/msgraph-sdk-python
The notification's token: ChannelValidation of the botframework-connector package
The row: https://learn.microsoft.com/python/api/azure-data-tables/azure.data.tables.aio.tableclient
What is of this bench alone are the addresses of the neighbours, which all of these take as options.
"""

import os
from urllib.parse import urlsplit

import azure.functions as func
from azure.data.tables.aio import TableClient
from azure.identity.aio import ClientSecretCredential
from botframework.connector.auth import ChannelValidation, SimpleCredentialProvider
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.communications.calls.item.redirect.redirect_post_request_body import RedirectPostRequestBody
from msgraph.generated.models.identity import Identity
from msgraph.generated.models.identity_set import IdentitySet
from msgraph.generated.models.invitation_participant_info import InvitationParticipantInfo
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

BOT = os.environ["BOT_APP_ID"]
GRAPH_URL = os.environ["GRAPH_URL"]
CALLBACK_URL = os.environ["PUBLIC_BASE_URL"] + "/api/calls"

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

ChannelValidation.open_id_metadata_endpoint = os.environ["OPENID_METADATA_URLS"]
bot = SimpleCredentialProvider(BOT, os.environ["BOT_CLIENT_SECRET"])
credential = ClientSecretCredential(
    os.environ["BOT_TENANT_ID"],
    BOT,
    os.environ["BOT_CLIENT_SECRET"],
    authority=os.environ["LOGIN_URL"],
    disable_instance_discovery=True,
)
adapter = GraphRequestAdapter(
    AzureIdentityAuthenticationProvider(
        credential,
        scopes=["https://graph.microsoft.com/.default"],
        allowed_hosts=[urlsplit(GRAPH_URL).hostname or ""],
    )
)
adapter.base_url = f"{GRAPH_URL}/v1.0"
graph = GraphServiceClient(request_adapter=adapter)
redirects = TableClient.from_connection_string(os.environ["TABLES_CONNECTION_STRING"], "redirects")


@app.route("calls", methods=["POST"])
async def incoming(req: func.HttpRequest) -> func.HttpResponse:
    try:
        await ChannelValidation.authenticate_channel_token(req.headers.get("authorization", ""), bot, "msteams")
    except Exception:  # noqa: BLE001 - the library raises a bare Exception for most of what is wrong
        return func.HttpResponse(status_code=401)
    for notification in req.get_json()["value"]:
        call = notification["resourceData"]
        if call.get("state") == "incoming":
            row = await redirects.get_entity("default", BOT)
            body = RedirectPostRequestBody(targets=[_target(row["Target"])], callback_uri=CALLBACK_URL)
            await graph.communications.calls.by_call_id(call["id"]).redirect.post(body)
    return func.HttpResponse(status_code=202)


def _target(user: str) -> InvitationParticipantInfo:
    return InvitationParticipantInfo(
        odata_type="#microsoft.graph.invitationParticipantInfo",
        identity=IdentitySet(
            odata_type="#microsoft.graph.identitySet",
            user=Identity(odata_type="#microsoft.graph.identity", id=user),
        ),
    )
