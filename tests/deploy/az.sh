#!/bin/sh
# Answers as az and func do, remembers what was made, and fails where it is told to. $STAND_IN is its folder.
here=${STAND_IN:?}
tool=${0##*/}
{
    printf '%s' "$tool"
    for word; do printf '\037%s' "$word"; done
    printf '\036'
} >>"$here/said"

for word; do # what az reads from its standard input
    case $word in *=@-) { cat && printf '\036'; } >>"$here/read" ;; esac
done

if [ -s "$here/hang" ]; then
    read -r pattern <"$here/hang"
    # shellcheck disable=SC2254 - it is a pattern
    case "$tool $*" in $pattern) exec sleep 600 ;; esac
fi

if [ -s "$here/fail" ]; then
    read -r pattern <"$here/fail"
    read -r left <"$here/times"
    # shellcheck disable=SC2254 - it is a pattern
    case "$tool $*" in
    $pattern)
        if [ "$left" -gt 0 ]; then
            echo $((left - 1)) >"$here/times"
            if [ -s "$here/words" ]; then cat "$here/words" >&2
            else echo "ERROR: (ToldToFail) it was told to fail" >&2; fi
            exit 1
        fi
        ;;
    esac
fi

made() { [ -e "$here/made/$1" ]; }
make() { : >"$here/made/$1"; }
say() { # a recorded answer, or the one that a test put in its place
    if [ -e "$here/answers/$1" ]; then cat "$here/answers/$1"; else printf '%s\n' "$2"; fi
}

case "$tool $*" in
"func --version") say func-version 4.0.7030 ;;
"func azure functionapp publish "*)
    find . -type f >"$here/shipped"
    sed -n 's/^BUILD_ID = "\(.*\)"$/\1/p' shared/core/build_id.py >"$here/made/code"
    echo "Remote build succeeded!"
    ;;
"az bicep version") say bicep 'Bicep CLI version 0.49.2 (1234567890)' ;;
"az bicep install") make bicep ;;
"az version "*) say az-version '{"azure-cli": "2.76.0", "azure-cli-core": "2.76.0", "extensions": {}}' ;;
"az account get-access-token "*) say until '2026-11-22 17:00:00.000000' ;;
"az account show --query tenantId "*) echo 632899f8-2ea1-4604-8413-27bd2892079f ;;
"az account show "*) say account '{"environmentName": "AzureCloud", "id": "0b1f6471-1bf0-4dda-aec3-cb9272f09590",
    "isDefault": true, "name": "Telephony", "state": "Enabled", "tenantId": "632899f8-2ea1-4604-8413-27bd2892079f",
    "user": {"name": "anna@contoso.com", "type": "user"}}' ;;
"az cloud show --query name "*) echo AzureCloud ;;
"az cloud show --query endpoints.activeDirectory "*) echo https://login.microsoftonline.com ;;
"az cloud show --query endpoints.microsoftGraphResourceId "*) echo https://graph.microsoft.com/ ;;
"az ad signed-in-user show "*) say you 98da8a1a-1b87-452c-a713-65d3f10b1253 ;;
"az rest "*"/v1.0/directoryObjects/"*) say editors '{"@odata.type": "#microsoft.graph.group", "displayName": "Phones"}' ;;
"az ad group show "* | "az ad user show "* | "az ad sp show "*)
    if [ -e "$here/answers/editors-$2" ]; then cat "$here/answers/editors-$2"
    else echo "ERROR: Resource '$5' does not exist or one of its queried reference-property objects are not present." >&2
        exit 3; fi
    ;;
"az group exists "*) if made group; then say exists true; else say exists false; fi ;;
"az role assignment list "*) say roles '["Contributor", "User Access Administrator", "Reader"]' ;;
"az provider list "*) say providers '["microsoft.insights", "Microsoft.Web", "Microsoft.Storage", "Microsoft.Compute",
    "Microsoft.OperationalInsights", "Microsoft.BotService", "Microsoft.ManagedIdentity"]' ;;
"az functionapp list-flexconsumption-locations --zone-redundant=true "*) say zones '[{"name": "northeurope"}]' ;;
"az functionapp list-flexconsumption-locations "*) say locations '[{"name": "westeurope"}, {"name": "northeurope"}]' ;;
"az rest --method get "*"/v1.0/me/transitiveMemberOf/"*) say directory '["e8611ab8-c189-46e8-94e1-60213ab1f814"]' ;;

"az group create "*) make group ;;
"az rest "*" --method patch "*"federatedIdentityCredentials"*) make credential ;;
"az rest "*" --method patch "*"applications(uniqueName="*) make registration ;;
"az rest "*" --method patch "*"servicePrincipals(appId="*) make principal ;;
"az rest "*" --method post "*"/appRoleAssignedTo "*) make consent ;;
"az rest "*" --method get "*"applications(uniqueName="*) say app-id 24701998-1a73-4d42-8085-bf46ed0ae039 ;;
"az rest "*" --method get "*"/appRoleAssignments"*) if made consent; then echo 1; else echo 0; fi ;;
"az rest "*" --method get "*"servicePrincipals(appId="*) echo 5a1e5000-0000-4000-8000-00000000000a ;;
"az deployment group list "*)
    if made alerts; then say deployments '[{"alerts": true}]'
    elif made resources; then say deployments '[{"alerts": false}]'
    else say deployments '[]'; fi
    ;;
"az deployment group what-if "*) echo "Resource changes: 31 to create." ;;
"az deployment group create "*" alertsEnabled=false"*) make resources ;;
"az deployment group create "*) make resources && make alerts ;;
"az deployment group show "*properties.outputs*) made resources && say outputs '{
    "functionAppName": {"type": "String", "value": "func-callredirect-x7k2qp"},
    "functionHostName": {"type": "String", "value": "func-callredirect-x7k2qp.azurewebsites.net"},
    "callingWebhook": {"type": "String", "value": "https://func-callredirect-x7k2qp.azurewebsites.net/api/calls"},
    "storageAccountName": {"type": "String", "value": "stcallredirectx7k2qp"},
    "tablesEndpoint": {"type": "String", "value": "https://stcallredirectx7k2qp.table.core.windows.net/"},
    "identityClientId": {"type": "String", "value": "5a1e5000-0000-4000-8000-00000000000b"},
    "identityPrincipalId": {"type": "String", "value": "5a1e5000-0000-4000-8000-00000000000c"},
    "appInsightsName": {"type": "String", "value": "appi-callredirect-x7k2qp"},
    "workbookId": {"type": "String", "value": "/subscriptions/0b1f6471/workbooks/1"}}' ;;
"az deployment group show "*botAppId*) made resources && say bot 24701998-1a73-4d42-8085-bf46ed0ae039 ;;
"az ad app federated-credential list "*) if made credential; then say credentials 1; else say credentials 0; fi ;;
"az ad app federated-credential create "*) make credential ;;
"az storage entity query "*)
    table=$5
    if [ -e "$here/answers/rows" ]; then cat "$here/answers/rows"
    elif made "rows-$table"; then echo '{"items": [{"PartitionKey": "default"}], "nextMarker": {}}'
    else echo '{"items": [], "nextMarker": {}}'; fi
    ;;
"az storage entity insert "*) make "rows-$5" ;;
"az functionapp keys list "*) made code && say key the-function-key ;;
"az resource list "*) echo "Microsoft.Web/sites  func-callredirect-x7k2qp" ;;
"az group delete "*) rm -f "$here/made/group" "$here/made/resources" ;;
*)
    echo "the stand-in knows no $tool $*" >&2
    exit 64
    ;;
esac
