"""What `axe_violations` sees: it would be of no use if it were blind."""

import pytest
from playwright.sync_api import Browser

from tests.support.browser import axe_violations, needs_chromium, shown
from tests.support.servers import Exchange, serving

pytestmark = needs_chromium

POLICY = "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'"
WELL = (
    '<!doctype html><html lang="en"><title>Page</title><style>p { color: #222; background: #fff }</style>'
    "<main><h1>Page</h1><h2>Part</h2><p>Text</p><button>Send</button><ul><li>One</li></ul></main>"
)


@pytest.mark.parametrize(
    ("good", "bad", "rule"),
    [
        ("#222", "#999", "color-contrast"),
        ("<button>Send", "<button>", "button-name"),
        ("<h2>Part</h2>", "<h4>Part</h4>", "heading-order"),
        ("<button>Send</button>", "<button style='all:unset;width:9px;height:9px'>a</button>" * 2, "target-size"),
        (' lang="en"', "", "html-has-lang"),
    ],
)
def test_a_broken_rule_is_found_under_a_policy_that_lets_no_script_in(
    browser: Browser, good: str, bad: str, rule: str
) -> None:
    def answer(exchange: Exchange) -> None:
        html = WELL.replace(good, bad) if exchange.path == "/bad" else WELL
        exchange.reply(200, html.encode(), "Content-Type: text/html", POLICY)

    with serving(answer) as server:
        with shown(browser, f"{server.url}/well") as well:
            assert axe_violations(well.page) == []
        with shown(browser, f"{server.url}/bad") as broken:
            assert [found for found, _ in axe_violations(broken.page)] == [rule]
