#!/usr/bin/env bash
# What entra.bicep does, with az: where Bicep's Graph extension cannot be used. It can be run again at any time.
#
#   az login --tenant ...; infra/entra.sh                                   prints BOT_APP_ID and BOT_TENANT_ID
#   infra/entra.sh --identity <identityPrincipalId of main.bicep>           adds the federated credential
#
# Needs the directory role Privileged Role Administrator: it grants an application permission.
set -euo pipefail

unique_name=call-redirect
display_name='Call Redirect'
identity=''
while (($#)); do
    case $1 in
    --name) unique_name=${2:?} && shift 2 ;;
    --display-name) display_name=${2:?} && shift 2 ;;
    --identity) identity=${2:?} && shift 2 ;;
    *) sed -n '2,7s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
    esac
done
if [[ ! $unique_name =~ ^[A-Za-z0-9-]+$ || $display_name == *[\"\\]* ]]; then
    echo 'A name is made of letters, digits and hyphens; a display name has no quotes and backslashes.' >&2
    exit 2
fi
guid='^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$'
if [[ -n $identity && ! $identity =~ $guid ]]; then
    echo 'The identity is named by its object (principal) id: 8-4-4-4-12 hex digits.' >&2
    exit 2
fi

graph_app_id=00000003-0000-0000-c000-000000000000
calls_initiate_all=284383ee-7f6e-4e40-a2a8-e85dcb029101

cloud=$(az cloud show --query name --output tsv)
login=$(az cloud show --query endpoints.activeDirectory --output tsv)
graph=$(az cloud show --query endpoints.microsoftGraphResourceId --output tsv)
tenant=$(az account show --query tenantId --output tsv)
login=${login%/}
graph=${graph%/}
case $cloud in
AzureCloud) audience=api://AzureADTokenExchange ;;
AzureUSGovernment) audience=api://AzureADTokenExchangeUSGov ;;
*)
    echo "There is no calling API in $cloud." >&2
    exit 2
    ;;
esac

# az can end well and print nothing, or None: such an answer gets into no request.
sure() {
    if [[ ! $3 =~ $2 ]]; then
        echo "az gave no $1, so this stops here. It can be run again." >&2
        exit 1
    fi
}
sure 'address of Microsoft Entra' '^https://[A-Za-z0-9.-]+$' "$login"
sure 'address of Microsoft Graph' '^https://[A-Za-z0-9.-]+$' "$graph"
sure 'tenant id' "$guid" "$tenant"

ask() {
    az rest --resource "$graph/" --method get --url "$graph/v1.0/$1" --query "$2" --output tsv
}
put() {
    az rest --resource "$graph/" --method patch --url "$graph/v1.0/$1" --output none \
        --headers 'Content-Type=application/json' 'Prefer=create-if-missing' --body "$2"
}

resource=$(ask "servicePrincipals(appId='$graph_app_id')" id)
sure 'object id of Microsoft Graph' "$guid" "$resource"

app="applications(uniqueName='$unique_name')"
put "$app" '{"displayName": "'"$display_name"'", "signInAudience": "AzureADMyOrg", "requiredResourceAccess": [
  {"resourceAppId": "'$graph_app_id'", "resourceAccess": [{"id": "'$calls_initiate_all'", "type": "Role"}]}]}'
app_id=$(ask "$app" appId)
sure 'application id' "$guid" "$app_id"

if [[ -n $identity ]]; then
    put "$app/federatedIdentityCredentials(name='function')" '{"description": "The managed identity of the function app.",
  "issuer": "'"$login/$tenant/v2.0"'", "subject": "'"$identity"'", "audiences": ["'$audience'"]}'
fi

put "servicePrincipals(appId='$app_id')" '{"displayName": "'"$display_name"'"}'
principal=$(ask "servicePrincipals(appId='$app_id')" id)
sure 'object id of the service principal' "$guid" "$principal"
granted=$(ask "servicePrincipals/$principal/appRoleAssignments" "value[?appRoleId=='$calls_initiate_all'] | length(@)")
sure 'list of granted permissions' '^[0-9]+$' "$granted"
if [[ $granted == 0 ]]; then
    az rest --resource "$graph/" --method post --url "$graph/v1.0/servicePrincipals/$resource/appRoleAssignedTo" \
        --output none --headers 'Content-Type=application/json' \
        --body '{"principalId": "'"$principal"'", "resourceId": "'"$resource"'", "appRoleId": "'$calls_initiate_all'"}'
fi

echo "BOT_APP_ID=$app_id"
echo "BOT_TENANT_ID=$tenant"
