"""Name the forms in which Microsoft signs a notification, and let a command be told which of them to use."""

import argparse
from enum import StrEnum


class TokenForm(StrEnum):
    """Legacy is signed by the calling service's own keys; Entra's two by Entra's, as the bot's registration says."""

    LEGACY = "legacy"
    ENTRA_V1 = "entra-v1"
    ENTRA_V2 = "entra-v2"


def add_form_option(parser: argparse.ArgumentParser, otherwise: str) -> None:
    """Add --form, which is None where it is not given; `otherwise` says what happens then."""
    names = [str(form) for form in TokenForm]
    parser.add_argument("--form", choices=names, metavar="FORM", help=f"sign as {', '.join(names)} ({otherwise})")


def chosen_forms(form: str | None) -> tuple[TokenForm, ...]:
    """Give the one that was asked for, or all of them to be mixed."""
    return (TokenForm(form),) if form else tuple(TokenForm)
