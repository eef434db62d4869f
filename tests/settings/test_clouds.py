"""Microsoft's clouds: three that call, and one that says why it does not."""

from urllib.parse import urlsplit

import pytest

from shared.settings.clouds import CLOUDS, CLOUDS_WITHOUT_CALLING, Cloud


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_every_address_of_a_cloud_is_https_and_no_token_goes_to_another_host(cloud: Cloud) -> None:
    addresses = (cloud.graph, cloud.login, *cloud.legacy.metadata)

    assert all(urlsplit(address).scheme == "https" and not address.endswith("/") for address in addresses)
    assert cloud.graph in cloud.legacy.issuers
    assert CLOUDS[cloud.name] is cloud


def test_the_worldwide_cloud_is_as_its_tokens_have_it() -> None:
    cloud = CLOUDS["global"]

    assert cloud.legacy.issuers == ("https://api.botframework.com", "https://graph.microsoft.com")
    assert cloud.legacy.metadata == ("https://api.aps.skype.com/v1/.well-known/OpenIdConfiguration",)


@pytest.mark.parametrize(("name", "host"), [("usgov", "graph.microsoft.us"), ("usgovdod", "dod-graph.microsoft.us")])
def test_a_government_cloud_takes_both_issuers_with_and_without_a_slash(name: str, host: str) -> None:
    cloud = CLOUDS[name]

    assert urlsplit(cloud.graph).hostname == host
    assert urlsplit(cloud.login).hostname == "login.microsoftonline.us"
    assert {"https://api.botframework.com", "https://api.botframework.com/"} < set(cloud.legacy.issuers)
    assert {"https://api.botframework.us", "https://api.botframework.us/"} < set(cloud.legacy.issuers)
    assert len(cloud.legacy.metadata) == 2


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_entras_words_follow_the_login_and_name_the_calling_service(cloud: Cloud) -> None:
    entra = cloud.entra

    assert entra.metadata == "{login}/common/v2.0/.well-known/openid-configuration"
    assert (entra.v2_issuer, entra.v1_issuer) == ("{login}/{tid}/v2.0", "https://sts.windows.net/{tid}/")
    assert entra.callers == ("26a18ebc-cdf7-4a6a-91cb-beb352805e81",)


def test_china_is_refused_with_the_reason() -> None:
    assert "china" not in CLOUDS
    assert "no calling API" in CLOUDS_WITHOUT_CALLING["china"]
