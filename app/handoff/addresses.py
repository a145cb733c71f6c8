"""Where webhooks may go: to the public internet, and to what WEBHOOK_ALLOWED_HOSTS opens.

A URL is read by strict rules of our own, its host is resolved once per attempt, every address is
checked, and the connection goes to these addresses and no others (PinnedResolver).
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult

from app.errors import BadInput, ConfigurationError
from app.handoff.ranges import Address, is_number, is_public, literal

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

PORTS = frozenset({80, 443, 8080, 8443})
LONGEST_URL = 2000
URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"(:(?P<port>[0-9]{1,5}))?([/?][\x21\x22\x24-\x5b\x5d-\x7e]*)?"
)
NOT_PLAIN = "This is no plain http or https URL: host, perhaps a port, path."
INSIDE = (
    "This host is inside a private network. Whoever runs the server can open it with"
    " WEBHOOK_ALLOWED_HOSTS."
)


class RefusedAddress(BadInput):
    """Webhooks may not be sent there."""


class UnknownHost(RefusedAddress):
    """This host name cannot be resolved."""


@dataclass(frozen=True, slots=True)
class Place:
    """A URL that was read; its addresses are not known yet. `host` is without brackets."""

    url: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Allowed:
    """What WEBHOOK_ALLOWED_HOSTS opens: hosts with one port or (None) with any, and networks."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    nets: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def of(cls, setting: str) -> "Allowed":
        """Raises ConfigurationError."""
        entries = [each.strip().lower() for each in setting.split(",") if each.strip()]
        try:
            nets = tuple(ip_network(each) for each in entries if "/" in each)
            hosts = frozenset(_host_and_port(each) for each in entries if "/" not in each)
        except ValueError as bad:
            raise ConfigurationError(
                f"WEBHOOK_ALLOWED_HOSTS names host, host:port or network with commas: {bad}"
            ) from bad
        return cls(hosts, nets)

    def has_host(self, place: Place) -> bool:
        return (place.host, None) in self.hosts or (place.host, place.port) in self.hosts

    def has_address(self, address: Address) -> bool:
        return any(address in net for net in self.nets)


class Addresses:
    """The rules of one installation. `resolve` asks the DNS; tests give their own."""

    def __init__(
        self, allowed: str = "", https_only: bool = False, resolve: Resolve | None = None
    ) -> None:
        self._allowed, self._https_only = Allowed.of(allowed), https_only
        self._resolve = resolve or asked_of_dns

    def read(self, url: str) -> Place:
        """Its host is not resolved yet. Raises RefusedAddress for what is no plain URL."""
        found = URL.fullmatch(url)
        if found is None or len(url) > LONGEST_URL:
            raise RefusedAddress(NOT_PLAIN)
        if self._https_only and found["scheme"] != "https":
            raise RefusedAddress("Webhooks are sent over https only.")
        host = found["host"].strip("[]").lower()
        port = int(found["port"] or (443 if found["scheme"] == "https" else 80))
        is_odd = ".." in host or (is_number(host) and literal(host) is None)
        if is_odd or not 0 < port < 65536:
            raise RefusedAddress(NOT_PLAIN)
        return Place(url, host, port)

    def are_apart(self, before: str, after: str) -> bool:
        """Whether two URLs lead to different hosts or ports, or one of them nowhere."""
        try:
            old, new = self.read(before), self.read(after)
        except RefusedAddress:
            return True
        return (old.host, old.port) != (new.host, new.port)

    async def check(self, place: Place) -> list[Address]:
        """What to connect to. Raises RefusedAddress when any address of the host may not be used,
        UnknownHost."""
        addresses = await self._addresses_of(place)
        host = self._allowed.has_host(place)
        opened = [host or self._allowed.has_address(each) for each in addresses]
        if not all(o or is_public(each) for o, each in zip(opened, addresses, strict=True)):
            raise RefusedAddress(INSIDE)
        if place.port not in PORTS and not all(opened):
            raise RefusedAddress("Webhooks are sent to the ports 80, 443, 8080 and 8443 only.")
        return addresses

    async def _addresses_of(self, place: Place) -> list[Address]:
        given = literal(place.host)
        if given is not None:
            return [given]
        try:
            found = await self._resolve(place.host, place.port)
        except (OSError, UnicodeError) as unknown:
            raise UnknownHost from unknown
        addresses = [literal(each.partition("%")[0]) for each in dict.fromkeys(found)]
        known = [each for each in addresses if each is not None]
        if not known or len(known) < len(addresses):
            raise UnknownHost
        return known


class PinnedResolver(AbstractResolver):
    """Answers with the addresses that were checked, for their host alone."""

    def __init__(self, place: Place, addresses: Sequence[Address]) -> None:
        self._place, self._addresses = place, addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        if (host.lower(), port) != (self._place.host, self._place.port):
            raise OSError("another host than the one that was checked")
        return [
            ResolveResult(
                hostname=host, host=str(each), port=port, proto=0, flags=socket.AI_NUMERICHOST,
                family=socket.AF_INET if each.version == 4 else socket.AF_INET6,
            )
            for each in self._addresses
        ]  # fmt: skip

    async def close(self) -> None:
        """Nothing is held."""


# Threads of their own: a name server that hangs must not hold up files and passwords.
resolvers = ThreadPoolExecutor(8, thread_name_prefix="webhook-dns")


async def asked_of_dns(host: str, port: int) -> list[str]:
    """Every address of a host. Raises OSError."""
    asking = asyncio.get_running_loop().run_in_executor(
        resolvers, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return [str(found[4][0]) for found in await asking]


def _host_and_port(entry: str) -> tuple[str, int | None]:
    """`host`, `host:port`, an address, `[address]:port`. Raises ValueError."""
    if literal(entry.strip("[]")) is not None:
        return entry.strip("[]"), None
    host, colon, port = entry.rpartition(":")
    return (host.strip("[]"), int(port)) if colon else (entry, None)
