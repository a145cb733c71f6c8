"""The compose files keep the promises of the deployment guide (docs/operations.md)."""

import re
from typing import Any

import pytest

from app.settings import Settings
from tests.compose import stack, variables
from tests.server import ROOT

BASE, METRICS = "docker-compose.yml", "docker-compose.metrics.yml"
PROD, SCALE = "docker-compose.prod.yml", "docker-compose.scale.yml"
SECRETS = {"REDIS_PASSWORD": "r" * 48, "POSTGRES_PASSWORD": "p+/=" * 8}
STACKS = [(BASE,), (BASE, METRICS), (BASE, PROD), (BASE, METRICS, PROD), (BASE, PROD, SCALE)]
CONTAINERS = {
    "postgres": ("genai-auto-db", "pgvector/pgvector"),
    "redis": ("genai-auto-redis", "redis"),
    "api": ("genai-auto-api", "genai-auto-api"),
    "pgadmin": ("genai-auto-pgadmin", "dpage/pgadmin4"),
    "prometheus": ("genai-prometheus", "prom/prometheus"),
    "grafana": ("genai-grafana", "grafana/grafana"),
    "alertmanager": ("genai-alertmanager", "prom/alertmanager"),
}


def services(*names: str, **environment: str) -> dict[str, Any]:
    found: dict[str, Any] = stack(*names, **{**SECRETS, **environment})["services"]
    return found


def started(found: dict[str, Any], *profiles: str) -> set[str]:
    return {
        name
        for name, service in found.items()
        if not service.get("profiles") or set(service["profiles"]) & set(profiles)
    }


def test_three_services_start_and_seven_with_tools_and_monitoring() -> None:
    assert started(services(BASE)) == {"postgres", "redis", "api"}
    assert started(services(BASE, METRICS), "tools") == set(CONTAINERS)


def test_containers_have_the_names_and_images_of_the_guide() -> None:
    for name, service in services(BASE, METRICS).items():
        container, image = CONTAINERS[name]
        assert service["container_name"] == container
        assert service["image"].startswith(f"{image}:")


@pytest.mark.parametrize("names", STACKS)
def test_every_port_is_bound_to_this_machine(names: tuple[str, ...]) -> None:
    for service in services(*names).values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("names", STACKS)
def test_every_image_is_pinned_every_service_limited_and_watched(names: tuple[str, ...]) -> None:
    for name, service in services(*names).items():
        tag = service["image"].rpartition(":")[2]
        assert tag == "local" or re.search(r"\d", tag), name
        assert service["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}, name
        assert service["healthcheck"]["test"], name


@pytest.mark.parametrize("names", STACKS)
def test_one_network_has_a_gateway_that_the_product_trusts(names: tuple[str, ...]) -> None:
    whole = stack(*names, **SECRETS, NETWORK_PREFIX="10.9.8")
    for service in whole["services"].values():
        assert service["networks"] == ["genai-auto-network"]
    network = whole["networks"]["genai-auto-network"]
    assert network["name"] == "genai-auto-network"
    assert network["ipam"]["config"] == [{"subnet": "10.9.8.0/24", "gateway": "10.9.8.1"}]
    trusted = whole["services"]["api"]["environment"]["TRUSTED_PROXIES"]
    assert trusted == "127.0.0.1,10.9.8.1"


def test_everything_in_braces_stands_in_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    for name in variables(BASE, METRICS, PROD, SCALE):
        assert re.search(rf"^(# )?{name}=", example, re.M), name


def test_the_example_as_it_is_starts_the_first_stack() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    api = stack(BASE, **given)["services"]["api"]
    assert api["environment"]["DATABASE_URL"].startswith("postgresql://genai:genai_secret@postgres")


@pytest.mark.parametrize("names", STACKS)
def test_compose_sets_only_variables_the_product_reads(names: tuple[str, ...]) -> None:
    found = services(*names)
    for name in {"api", "workers"} & set(found):
        assert {each.lower() for each in found[name]["environment"]} <= set(Settings.model_fields)


@pytest.mark.parametrize("names", [(BASE, PROD), (BASE, PROD, SCALE)])
def test_the_production_stack_is_taken_by_the_product(names: tuple[str, ...]) -> None:
    """With the password as the guide makes it: base64, with its slashes."""
    found = services(*names)
    for name in {"api", "workers"} & set(found):
        given = {key.lower(): value for key, value in found[name]["environment"].items()}
        settings = Settings(
            _env_file=None, JWT_SECRET_KEY="j" * 40, encryption_key="e" * 44,
            public_url="https://chat.dealer.test", **given,
        )  # fmt: skip
        assert settings.is_production
        assert SECRETS["POSTGRES_PASSWORD"] in settings.database_url
        assert settings.redis_url == f"redis://:{SECRETS['REDIS_PASSWORD']}@redis:6379"


def test_production_publishes_no_store_and_needs_a_password_for_redis() -> None:
    found = services(BASE, PROD)
    assert "ports" not in found["postgres"]
    assert "ports" not in found["redis"]
    assert found["redis"]["command"][:3] == ["redis-server", "--requirepass", "r" * 48]
    assert found["redis"]["environment"] == {"REDISCLI_AUTH": "r" * 48}
    with pytest.raises(AssertionError, match="REDIS_PASSWORD"):
        stack(BASE, PROD)


def test_production_cannot_start_pgadmin_and_keeps_no_source_mounted() -> None:
    found = services(BASE, METRICS, PROD)
    assert "pgadmin" not in started(found, "tools")
    assert found["api"]["volumes"] == ["./data:/app/data"]
    assert found["api"]["read_only"] is True
    assert found["api"]["cap_drop"] == ["ALL"]


def test_production_restarts_and_turns_its_logs() -> None:
    for service in (services(BASE, PROD)[name] for name in ("postgres", "redis", "api")):
        assert service["restart"] == "unless-stopped"
        assert service["logging"]["options"]["max-size"]


def test_production_s_limits_are_the_guide_s_and_can_be_raised() -> None:
    limits = services(BASE, PROD)["api"]["deploy"]["resources"]
    assert limits["limits"] == {"cpus": "2.0", "memory": "4G"}
    assert limits["reservations"] == {"cpus": "0.5", "memory": "1G"}
    raised = services(BASE, PROD, API_CPUS="4.0", API_MEMORY="8G")["api"]["deploy"]["resources"]
    assert raised["limits"] == {"cpus": "4.0", "memory": "8G"}


def test_replicas_have_no_fixed_name_and_the_ports_that_nginx_knows() -> None:
    found = services(BASE, PROD, SCALE)
    assert "container_name" not in found["api"]
    assert found["api"]["deploy"]["replicas"] == 3
    assert found["api"]["ports"] == ["127.0.0.1:8001-8003:8000"]
    upstream = (ROOT / "deploy/nginx/genai-auto/upstream_replicas.conf").read_text()
    assert re.findall(r"server 127\.0\.0\.1:(\d+);", upstream) == ["8001", "8002", "8003"]
    assert "ip_hash" not in upstream


def test_workers_run_once_and_otherwise_like_the_replicas() -> None:
    found = services(BASE, PROD, SCALE)
    api, workers = found["api"], found["workers"]
    assert api["environment"]["RUN_WORKERS"] == "false"
    assert workers["environment"]["RUN_WORKERS"] == "true"
    for key in ("image", "read_only", "tmpfs", "cap_drop", "security_opt", "volumes", "env_file"):
        assert workers[key] == api[key], key
    assert "ports" not in workers


def test_the_schema_is_mounted_where_postgresql_looks_for_it() -> None:
    volumes = services(BASE)["postgres"]["volumes"]
    target = "/docker-entrypoint-initdb.d/init_postgres.sql"
    assert f"./scripts/init_postgres.sql:{target}:ro" in volumes


@pytest.mark.parametrize("names", STACKS)
def test_mounted_files_exist(names: tuple[str, ...]) -> None:
    for service in services(*names).values():
        for source in (volume.split(":")[0] for volume in service.get("volumes", [])):
            assert source == "./data" or not source.startswith("./") or (ROOT / source).exists()


def test_the_image_holds_what_the_product_reads_and_runs_as_nobody_special() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            assert (ROOT / line.split()[1]).exists()
    assert "USER genai" in lines
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert all(re.fullmatch(r"python:3\.12\.\d+-slim-\w+", base) for base in bases)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {line.split()[1] for line in lines if line.startswith("COPY") and "=" not in line}
    assert "*" in ignored
    assert copied == {line[1:] for line in ignored if line.startswith("!")}
