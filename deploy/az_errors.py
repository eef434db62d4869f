"""What az's error codes mean: whether waiting helps, and what a person can do."""

import re
from dataclasses import dataclass
from enum import Enum


class Wait(Enum):
    """What waiting is good for."""

    USELESS = "useless"
    ROLE = "role"  # a role that was just given counts after up to ten minutes
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class Cause:
    """A code in what az said, with its meaning and what to do about it."""

    code: str
    meaning: str
    wait: Wait = Wait.USELESS


_SIGN_IN = "sign in again: az login"
_ADMIN = "ask an administrator of your directory"
# https://learn.microsoft.com/entra/identity-platform/reference-error-codes
_ENTRA = {
    "50020": f"your account is not of this tenant: {_SIGN_IN} --tenant TENANT",
    "50034": f"there is no such account in this tenant: {_SIGN_IN} --tenant TENANT",
    "50053": "your account is locked after too many attempts, or your address is blocked: wait, or " + _ADMIN,
    "50055": "your password has expired: change it, then az login",
    "50057": f"your account is disabled: {_ADMIN}",
    "50058": _SIGN_IN,
    "50076": f"a second factor is asked for: {_SIGN_IN} --tenant TENANT",
    "50078": f"your second factor has expired: {_SIGN_IN} --tenant TENANT",
    "50079": f"you have to register a second factor first: {_SIGN_IN} --tenant TENANT",
    "50105": f"your account is not assigned to this application: {_ADMIN}",
    "50132": f"your session has ended: {_SIGN_IN}",
    "50133": f"your session has ended: {_SIGN_IN}",
    "50158": f"an outside check is asked for: {_SIGN_IN} --tenant TENANT",
    "50173": f"your log-in has ended, as after a new password: {_SIGN_IN}",
    "53000": f"Conditional Access wants a device that complies with its rules: work on one, or {_ADMIN}",
    "53001": f"Conditional Access wants a device that your organisation manages: work on one, or {_ADMIN}",
    "53003": f"Conditional Access forbids it from here: work from an allowed place or device, or {_ADMIN}",
    "530003": f"Conditional Access wants a device that your organisation manages: work on one, or {_ADMIN}",
    "65001": f"nobody has consented to the application: {_ADMIN}",
    "70043": f"your log-in has expired: {_SIGN_IN}",
    "700016": "the application is not in this tenant: look at BOT_APP_ID, and at the tenant that az is set to",
    "700027": "the certificate of the log-in is not the application's",
    "700082": f"your log-in has expired: {_SIGN_IN}",
    "700084": f"your log-in has expired: {_SIGN_IN}",
    "700211": "no federated credential trusts that issuer (docs/deploying.md, From GitHub)",
    "700213": "no federated credential trusts that subject (docs/deploying.md, From GitHub)",
    "70021": "no federated credential fits (docs/deploying.md, From GitHub)",
    "7000215": "the client secret is wrong",
    "7000222": "the client secret has expired",
    "90002": "there is no such tenant: look at what az is signed in to",
    "90072": f"your account is not of this tenant: {_SIGN_IN} --tenant TENANT",
}
_NETWORK = (
    "something between here and Azure, such as a proxy that opens TLS, shows a certificate of its own: "
    "set REQUESTS_CA_BUNDLE to a file with your organisation's certificates"
)
_ROLES = (
    "your roles do not allow it: Owner does, or Contributor with User Access Administrator. "
    "A role that you got minutes ago counts after az login"
)
# az hides some of storage's codes behind sentences, which stand here too. The first that fits counts.
_OTHERS: tuple[tuple[str, str, Wait], ...] = (
    (
        "AuthorizationPermissionMismatch|do not have the required permissions needed to perform this operation",
        "the role that lets you edit the tables does not count, or not yet: Storage Table Data Contributor",
        Wait.ROLE,
    ),
    (
        "AuthorizationFailure|PublicAccessNotPermitted|blocked by network rules",
        "the storage account's firewall refuses this machine: allow its address there, under Networking",
        Wait.USELESS,
    ),
    ("CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|self[- ]signed certificate", _NETWORK, Wait.USELESS),
    ("ProxyError|Tunnel connection failed", "the proxy refuses: look at HTTPS_PROXY and NO_PROXY", Wait.USELESS),
    (
        "(Linked)?AuthorizationFailed|does not have authorization to perform|Authorization failed for template",
        _ROLES,
        Wait.USELESS,
    ),
    (
        "Authorization_RequestDenied|Insufficient privileges to complete the operation",
        "your role in the directory does not allow it: Privileged Role Administrator does",
        Wait.USELESS,
    ),
    (
        "RequestDisallowedByPolicy",
        "a policy of your organisation forbids it; az names the policy: ask whoever looks after Azure Policy",
        Wait.USELESS,
    ),
    (
        "RequestDisallowedByAzure|LocationNotAvailableForResourceType|SkuNotAvailable",
        "Azure does not offer this to your subscription in that region: choose another LOCATION",
        Wait.USELESS,
    ),
    (
        "RoleAssignmentUpdateNotPermitted",
        "a role stands in the group for an identity of before, which has gone: remove it under Access control (IAM)",
        Wait.USELESS,
    ),
    ("ScopeLocked", "a lock holds it: az lock list", Wait.USELESS),
    (
        "MissingSubscriptionRegistration",
        "the subscription does not know the resource provider yet: az provider register --namespace PROVIDER --wait",
        Wait.USELESS,
    ),
    ("ReadOnlyDisabledSubscription", "the subscription is disabled: look at its billing", Wait.USELESS),
    (
        "SubscriptionNotFound|The subscription of '[^']*' doesn't exist",
        "az is set to a subscription that is not there: az account set",
        Wait.USELESS,
    ),
    ("UnmatchedPrincipalType", "EDITORS is of another kind than it was taken for", Wait.USELESS),
    (
        "PrincipalNotFound",
        "the directory does not know the identity yet, which takes minutes; or EDITORS is not of this tenant",
        Wait.ROLE,
    ),
    ("QuotaExceeded|SubscriptionIsOverQuotaForSku", "the subscription's quota is used up in this region", Wait.USELESS),
    ("StorageAccountAlreadyTaken|NameUnavailable", "the name is taken: choose another NAME", Wait.USELESS),
    (
        "(Invalid|Expired)AuthenticationToken|OutdatedPolicies|InteractionRequired|run ['\"`]?az login|az login --",
        _SIGN_IN,
        Wait.USELESS,
    ),
    ("DeploymentActive", "another deployment into the group still runs: wait for its end", Wait.BUSY),
    ("TooManyRequests|ServiceUnavailable|GatewayTimeout|BadGateway|InternalServerError", "Azure is busy", Wait.BUSY),
    ("NameResolutionError|Temporary failure in name resolution", "this machine does not reach Azure", Wait.BUSY),
    (r"Forbidden|\b403\b", f"Azure refuses it (403), and will again: {_ROLES}", Wait.USELESS),
    (r"Unauthorized|\b401\b", f"Azure does not take your log-in (401): {_SIGN_IN}", Wait.USELESS),
)


def cause(said: str) -> Cause | None:
    """Find the code in what az or func printed; nothing where there is none that is known here."""
    if entra := re.search(r"AADSTS(\d{4,9})", said):
        number = entra[1]
        page = f"Entra refuses: https://login.microsoftonline.com/error?code={number} says why. Then az login"
        return Cause(f"AADSTS{number}", _ENTRA.get(number, page))
    for pattern, meaning, wait in _OTHERS:
        if found := re.search(pattern, said, re.IGNORECASE):
            return Cause(found[0], meaning, wait)
    return None
