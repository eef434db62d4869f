"""Small servers on loopback that answer, trickle, hang and count, and the certificates they show."""

import contextlib
import datetime as dt
import ipaddress
import json
import os
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

type Answer = Callable[[Exchange], None]


class Exchange:
    """One request on a kept connection, and the means to answer it well or badly."""

    def __init__(self, connection: socket.socket, head: bytes, body: bytes, stopping: threading.Event) -> None:
        self.path = head.split(b" ", 2)[1].decode()
        self.head = head
        self.body = body
        self._connection = connection
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def send_past_tls(self, data: bytes) -> None:
        """Send what no TLS has seen, as a broken box on the way would."""
        os.write(self._connection.fileno(), data)

    def reply(self, status: int, content: bytes = b"", *headers: str) -> None:
        """Answer in one piece, with a length."""
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(content)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode() + content)

    def reply_json(self, value: object) -> None:
        self.reply(200, json.dumps(value).encode(), "Content-Type: application/json")

    def trickle(self, data: bytes, pause: float = 0.05) -> None:
        """Send one byte at a time, each within any read time-out."""
        for byte in data:
            if self._stopping.wait(pause):
                return
            self.send(bytes([byte]))

    def hang(self, at_most: float = 10.0) -> None:
        """Say nothing for as long as the server lives, then hang up."""
        self._stopping.wait(at_most)
        raise ConnectionAbortedError


class Loopback:
    """A server that gives each request to `answer`, over TLS where it has a context; it counts what comes."""

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.answer = answer
        self.connections = 0
        self.requests: list[str] = []
        self._tls = tls
        self._stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._stopping.set()
        for idle in (self._listener, *tuple(self._open)):
            with contextlib.suppress(OSError):
                idle.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with self._listener, contextlib.suppress(OSError):
            while not self._stopping.is_set():
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._converse, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _converse(self, plain: socket.socket) -> None:
        with plain, contextlib.suppress(OSError):
            plain.settimeout(20)
            connection = self._tls.wrap_socket(plain, server_side=True) if self._tls else plain
            self._open.add(connection)
            with connection:
                while not self._stopping.is_set() and (request := self._request(connection)):
                    head, body = request
                    self.requests.append(head.split(b" ", 2)[1].decode())
                    self.answer(Exchange(connection, head, body, self._stopping))
            self._open.discard(connection)

    def _request(self, connection: socket.socket) -> tuple[bytes, bytes] | None:
        """Read a request to the end of the body that its length tells of; nothing where it ends before."""
        read = b""
        while b"\r\n\r\n" not in read:
            if not (piece := connection.recv(65536)):
                return None
            read += piece
        head, _, body = read.partition(b"\r\n\r\n")
        told = re.search(rb"(?im)^content-length: *(\d+)", head)
        while len(body) < (int(told[1]) if told else 0):
            if not (piece := connection.recv(65536)):
                return None
            body += piece
        return head + b"\r\n\r\n", body


@contextlib.contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Loopback]:
    """Run a Loopback for the length of a test."""
    server = Loopback(answer, tls, port)
    try:
        yield server
    finally:
        server.close()


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
