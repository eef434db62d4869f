"""Decide whose certificates are trusted: one context for every outgoing connection."""

import os
import ssl


def tls_context() -> ssl.SSLContext:
    """Trust the machine's roots (OpenSSL's own SSL_CERT_FILE and SSL_CERT_DIR count), or certifi's where it has none.

    Loading them takes some 17 ms of CPU: do it once and share the context.
    """
    context = ssl.create_default_context()
    roots = ssl.get_default_verify_paths()
    # A directory of roots is read at the first handshake, so its certificates are in no statistics yet.
    if not context.cert_store_stats()["x509_ca"] and not (roots.capath and os.listdir(roots.capath)):  # noqa: PTH208 - "is it empty" needs no paths
        import certifi  # noqa: PLC0415 - with importlib.resources, 8 ms of a cold start that has roots

        context.load_verify_locations(certifi.where())
    return context
