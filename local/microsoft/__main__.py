"""Serve the simulated Microsoft alone, and print the environment of an app that is to use it."""

import argparse
import signal
import sys
import threading
from urllib.parse import urlsplit

from local.microsoft.exchange.call_script import BOT, TENANT
from local.microsoft.identity.token_forms import add_form_option, chosen_forms
from local.microsoft.simulator import Microsoft
from local.processes import port_number, speed


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    tls_port = _port_after(asked.port) if asked.tls_port is None else asked.tls_port
    base = asked.deliver_to.rstrip("/") if asked.deliver_to else None
    webhook = asked.webhook or (f"{base}/api/calls" if base else None)
    try:
        microsoft = Microsoft(
            bot=asked.bot_app_id,
            tenant=asked.tenant_id,
            secret=asked.client_secret,
            port=asked.port,
            tls_port=tls_port,
            deliver_to=base,
            webhook=webhook,
            forms=chosen_forms(asked.form),
            speed=asked.speed,
        )
    except OSError as exc:
        print(f"cannot listen on ports {asked.port} and {tls_port}: {exc.strerror}", file=sys.stderr)
        return 2

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with microsoft:
        for name, value in microsoft.settings().items():
            print(f"{name}={value}")
        print("# ready; Ctrl-C ends it", flush=True)
        ended.wait()
    return 0


def _port_after(port: int) -> int:
    return (port + 1) % 65_536 if port else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.microsoft", description=__doc__)
    parser.add_argument(
        "--port", type=port_number, default=7080, help="metadata, keys, Graph, identity, control (7080)"
    )
    parser.add_argument("--tls-port", type=port_number, help="Entra, over TLS (the port after --port)")
    parser.add_argument("--bot-app-id", default=BOT)
    parser.add_argument("--tenant-id", default=TENANT)
    parser.add_argument("--client-secret", default="made-up-secret")
    parser.add_argument("--deliver-to", type=_address, help="the app, as http://127.0.0.1:7071; keeps each path")
    parser.add_argument("--webhook", type=_address, help="where calls are announced (--deliver-to with /api/calls)")
    add_form_option(parser, "each in turn")
    parser.add_argument("--speed", type=speed, default=1.0, help="how much faster than life phones are (1)")
    return parser


def _address(text: str) -> str:
    address = urlsplit(text)
    if address.scheme in ("http", "https") and address.hostname:
        return text
    raise argparse.ArgumentTypeError(f"{text} is no address such as http://127.0.0.1:7071")


if __name__ == "__main__":
    sys.exit(main())
