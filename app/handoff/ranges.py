"""Which addresses are public, and which hosts are addresses.

`ipaddress.is_global` alone says yes to NAT64, 6to4, IPv4-compatible and site-local addresses, and
to 224.0.0.1: the ranges stand here, and an IPv4 address inside an IPv6 one is judged itself.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address

NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
REFUSED_4 = [
    ip_network(each)
    for each in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # the platform service of Azure
    )
]  # fmt: skip
GLOBAL_6 = ip_network("2000::/3")
REFUSED_6 = [
    ip_network(each)
    for each in (
        "2001::/23",  # IETF protocols, Teredo among them
        "2001:db8::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
NAT64 = ip_network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether anybody on the internet would reach the same machine under it."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in each for each in REFUSED_4)
    inner = inside(address)
    if inner is not None:
        return is_public(inner)
    is_known = address in GLOBAL_6 and address.is_global
    return is_known and not any(address in each for each in REFUSED_6)


def inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a mapped or NAT64 address leads to; other forms are not followed."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None


def is_number(host: str) -> bool:
    """Whether a resolver might read it as an address, in whatever spelling."""
    return ":" in host or NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def literal(host: str) -> Address | None:
    """The address in its one usual spelling; None for decimal, octal, hexadecimal, short forms."""
    try:
        return ip_address(host)
    except ValueError:
        return None
