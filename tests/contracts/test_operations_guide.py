"""What docs/operations.md tells to type exists: files, services, containers, commands, settings."""

import re

import pytest
from typer.main import get_command

from app.cli import commands
from tests.compose import stack
from tests.server import ROOT

GUIDE = (ROOT / "docs" / "operations.md").read_text()
TYPED = "\n".join(re.findall(r"```bash\n(.*?)```", GUIDE, re.S) + re.findall(r"`([^`\n]+)`", GUIDE))
FILES = ("docker-compose.yml", "docker-compose.metrics.yml")
SERVICES = stack(*FILES)["services"]
MANY = {"up", "logs", "restart", "stop", "start", "build", "ps", "down", "config", "pull", "exec"}


def test_every_file_it_names_is_there() -> None:
    named = set(
        re.findall(r"\b(?:docker-compose[\w.]*\.yml|(?<!tests/)scripts/\w+(?:\.sql)?)", TYPED)
    )
    named |= set(re.findall(r"deploy/nginx/[\w/.-]+|tests/[\w/]+\.py", TYPED))
    assert named >= {"scripts/backup", "scripts/restore", "docker-compose.scale.yml"}
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_containers_and_services_bear_the_names_it_uses() -> None:
    containers = {service["container_name"] for service in SERVICES.values()}
    used = set(re.findall(r"docker (?:exec|cp|inspect)(?: -\w+| --format=\S+)* ([\w-]+)", TYPED))
    assert used
    assert used <= containers
    for line in re.findall(r"docker compose ([^&|;\n]*)", TYPED):
        words = re.sub(r"-f \S+|--profile \w+|--tail=\d+|--format .*|--scale \S+", "", line).split()
        words = [word for word in words if not word.startswith("-") and word != "…"]
        assert not words or words[0] in MANY, line
        if words and words[0] != "exec":
            assert set(words[1:]) <= set(SERVICES), line


@pytest.mark.parametrize("line", sorted(set(re.findall(r"-m app\.cli ([\w ]+)", TYPED))))
def test_commands_of_the_product_exist(line: str) -> None:
    known = get_command(commands)
    assert line.split()[0] in getattr(known, "commands", {})


def test_every_variable_it_names_is_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    for name in set(re.findall(r"`([A-Z][A-Z_]*_[A-Z_0-9]+)(?:=[^`]*)?`", GUIDE)):
        assert re.search(rf"^(# )?{name}=", example, re.M), name
