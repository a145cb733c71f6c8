"""Compose files as Compose reads them: laid over each other, with variables put in.

What this loader does not know it refuses: an unknown key or an unknown tag is an error.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from tests.server import ROOT

TOP = {"name", "services", "networks", "volumes"}
SERVICE = set(
    """image build container_name command environment env_file ports volumes networks depends_on
    healthcheck restart profiles deploy read_only tmpfs cap_drop security_opt logging shm_size
    stop_grace_period""".split()
)
HEALTHCHECK = {"test", "interval", "timeout", "retries", "start_period"}
VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}")


class Marked:
    """A value under !reset or !override."""

    def __init__(self, tag: str, value: Any) -> None:
        self.tag, self.value = tag, value


class Loader(yaml.SafeLoader):
    """Knows the two tags of Compose 2.24; refuses a key that stands twice."""


def _marked(loader: Loader, node: yaml.Node) -> Marked:
    if isinstance(node, yaml.SequenceNode):
        return Marked(node.tag, loader.construct_sequence(node, deep=True))
    if isinstance(node, yaml.MappingNode):
        return Marked(node.tag, loader.construct_mapping(node, deep=True))
    return Marked(node.tag, None)


def _mapping(loader: Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    names = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    assert len(names) == len(set(names)), f"a key stands twice: {node.start_mark}"
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


Loader.add_constructor("!reset", _marked)
Loader.add_constructor("!override", _marked)
Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def stack(*names: str, **environment: str) -> dict[str, Any]:
    """The services of these files together, as `docker compose config` shows them."""
    merged: dict[str, Any] = {}
    for name in names:
        merged = over(merged, read(ROOT / name))
    whole = {key: value for key, value in merged.items() if not key.startswith("x-")}
    filled = put_in(whole, environment)
    check(filled)
    return filled


def read(path: Path) -> dict[str, Any]:
    return dict(yaml.load(path.read_text(), Loader))


def over(base: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
    """Mappings merge, lists are appended, the rest is replaced; volumes count by their target."""
    merged = dict(base)
    for key, value in later.items():
        old = merged.get(key)
        if isinstance(value, Marked):
            merged.pop(key, None)
            if value.tag == "!override":
                merged[key] = value.value
        elif isinstance(value, dict):
            merged[key] = over(old if isinstance(old, dict) else {}, value)
        elif isinstance(value, list) and isinstance(old, list) and key != "command":
            merged[key] = old + [item for item in value if item not in old]
        else:
            merged[key] = value
    return merged


def put_in(node: Any, environment: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: put_in(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [put_in(value, environment) for value in node]
    if not isinstance(node, str):
        return node

    def value(match: re.Match[str]) -> str:
        name, how, word = match.groups()
        given = environment.get(name)
        if given or (given is not None and how and not how.startswith(":")):
            return given
        assert "-" in (how or ""), f"{name} has to be set: {word}"
        return str(word)

    filled = VARIABLE.sub(value, node.replace("$$", "\0"))
    assert "$" not in filled, f"not a variable of ours: {node}"
    return filled.replace("\0", "$")


def variables(*names: str) -> set[str]:
    return {found[0] for name in names for found in VARIABLE.findall((ROOT / name).read_text())}


def check(whole: dict[str, Any]) -> None:
    """Keys, and names that must be declared."""
    assert set(whole) <= TOP
    for name, service in whole["services"].items():
        assert set(service) <= SERVICE, f"{name}: {set(service) - SERVICE}"
        assert set(service.get("healthcheck", {})) <= HEALTHCHECK
        assert set(service.get("networks", [])) <= set(whole["networks"])
        assert set(service.get("depends_on", [])) <= set(whole["services"])
        for source, target, *_ in (volume.split(":") for volume in service.get("volumes", [])):
            assert target.startswith("/")
            assert source.startswith("./") or source in whole["volumes"], f"{name}: {source}"
