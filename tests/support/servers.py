"""Servers on loopback that count, answer, trickle and hang, and the certificates they show."""

import contextlib
import datetime as dt
import ipaddress
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.loopback.messages import Response
from local.loopback.server import Connection, LoopbackServer

type Answer = Callable[[Exchange], None]


class Exchange(Connection):
    """One request and the means to answer it well or badly, in the short form that a test wants."""

    @property
    def path(self) -> str:
        return self.request.target

    @property
    def body(self) -> bytes:
        return self.request.body

    @property
    def head(self) -> bytes:
        lines = (f"{name}: {value}" for name, value in self.request.headers.items())
        return "\r\n".join([f"{self.request.method} {self.path} HTTP/1.1", *lines, "", ""]).encode()

    def reply(self, status: int, content: bytes = b"", *headers: str) -> None:
        """Answer in one piece, with a length; each header is "Name: value"."""
        self.respond(Response(status, content, dict(header.split(": ", 1) for header in headers)))

    def reply_json(self, value: object) -> None:
        self.respond(Response(200, value))


class Loopback(LoopbackServer):
    """A server that counts what comes, and gives each request to `answer`."""

    connection_type = Exchange

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        super().__init__(port, tls)
        self.connections = 0
        self.requests: list[str] = []
        self._answer_of_test = answer
        self.start(self._counted)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def _counted(self, exchange: Any) -> None:
        self.requests.append(exchange.path)
        self._answer_of_test(exchange)


def serving(answer: Answer, tls: ssl.SSLContext | None = None, port: int = 0) -> Loopback:
    """Run a Loopback for the length of a `with` block."""
    return Loopback(answer, tls, port)


UNTRUSTED = "unable to get local issuer certificate"  # what OpenSSL says of `certified` without its authority


def certified(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    """Make an authority and a server certificate of its for `names`: the authority's file and the server's context."""
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name("A test authority")
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())
    root = (
        _certificate(issuer, issuer, authority.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority, hashes.SHA256())
    )
    leaf = (
        _certificate(_name(names[0]), issuer, server.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(authority, hashes.SHA256())
    )
    (folder / "authority.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (folder / "server.pem").write_bytes(
        server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return folder / "authority.pem", context


def _certificate(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general(name: str) -> x509.GeneralName:
    with contextlib.suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
