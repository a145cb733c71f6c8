"""The real nginx with the site as it is shipped: only ports, paths and names are put in."""

import datetime
import os
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.server import ROOT, Client, free_port

SITE = ROOT / "deploy" / "nginx"
NAME = "genai.yourdomain.com"
PROXY = "127.0.0.9"
"""The address nginx asks the product from, so that it differs from that of the tests."""

# RFC 7919, ffdhe2048: what Certbot puts into ssl-dhparams.pem.
DH_PARAMETERS = """\
-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""

MAIN = """\
{user}
pid nginx.pid;
error_log error.log;
worker_processes 1;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi; scgi_temp_path scgi;
    # A test says who asks, and nginx asks the product from an address of its own.
    set_real_ip_from 127.0.0.0/8; real_ip_header X-Test-Client; {source}
    include site.conf;
}}
"""


class Nginx:
    """`upstreams`: host:port of the product's processes; one is upstream.conf, three are
    upstream_replicas.conf. `source` is the address nginx asks them from; empty: any."""

    def __init__(self, folder: Path, upstreams: list[str], source: str = PROXY) -> None:
        self.folder, self.upstreams = folder, upstreams
        self._source = f"proxy_bind {source};" if source else ""
        self.http_port, self.https_port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self._write()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.https_port}"

    @property
    def access_log(self) -> str:
        return (self.folder / "genai-auto-access.log").read_text()

    def test(self) -> str:
        """`nginx -t`; its complaints, or nothing."""
        done = subprocess.run([*self._command, "-t"], capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stderr

    def start(self) -> "Nginx":
        self.process = subprocess.Popen([*self._command, "-g", "daemon off;"])
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.https_port), 1).close()
                return self
            except OSError:
                assert time.monotonic() < deadline, (self.folder / "error.log").read_text()
                time.sleep(0.02)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    @asynccontextmanager
    async def client(self, word: str, token: str = "") -> AsyncIterator[Client]:
        """A customer's socket through the door, whose certificate nobody knows."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        address = f"wss://127.0.0.1:{self.https_port}/ws/{word}"
        async with websockets.connect(
            address, ssl=context, additional_headers=headers, max_size=None
        ) as connection:
            found = Client(connection)
            found.session = await found.next()
            yield found

    @property
    def _command(self) -> list[str]:
        return ["nginx", "-p", f"{self.folder}/", "-c", "nginx.conf", "-e", "error.log"]

    def _write(self) -> None:
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(MAIN.format(user=user, source=self._source))
        (self.folder / "options-ssl-nginx.conf").write_text("ssl_protocols TLSv1.2 TLSv1.3;\n")
        (self.folder / "ssl-dhparams.pem").write_text(DH_PARAMETERS)
        write_certificate(self.folder / "fullchain.pem", self.folder / "privkey.pem")
        proxy = (SITE / "genai-auto" / "proxy.conf").read_text()
        (self.folder / "proxy.conf").write_text(proxy)
        (self.folder / "upstream.conf").write_text(self._upstream())
        (self.folder / "site.conf").write_text(self._site())

    def _upstream(self) -> str:
        alone = len(self.upstreams) == 1
        kind, first = ("upstream.conf", 8000) if alone else ("upstream_replicas.conf", 8001)
        text = (SITE / "genai-auto" / kind).read_text()
        for number, upstream in enumerate(self.upstreams):
            text = put(text, f"127.0.0.1:{first + number};", f"{upstream};")
        return text

    def _site(self) -> str:
        text = (SITE / "genai-auto.conf").read_text()
        for old, new in (
            ("    listen [::]:80;\n", ""),
            ("    listen [::]:443 ssl http2;\n", ""),
            ("listen 80;", f"listen 127.0.0.1:{self.http_port};"),
            ("listen 443 ssl http2;", f"listen 127.0.0.1:{self.https_port} ssl http2;"),
            (f"/etc/letsencrypt/live/{NAME}/", ""),
            ("/etc/letsencrypt/", ""),
            ("/etc/nginx/genai-auto/", ""),
            ("/var/log/nginx/", ""),
            ("/var/lib/nginx/genai-auto", "cache"),
        ):
            text = put(text, old, new)
        return text


def put(text: str, old: str, new: str) -> str:
    assert old in text, f"the shipped configuration no longer says {old!r}"
    return text.replace(old, new)


def write_certificate(certificate: Path, key: Path) -> None:
    """Self-signed, in place of Let's Encrypt's."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
