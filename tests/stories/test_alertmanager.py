"""A real Alertmanager with our configuration tells whom the guide's table names, in our words."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
import yaml
from aiohttp import web

from tests.contracts.test_alerts import alerts
from tests.fakes.mail import MailServer
from tests.server import ROOT, free_port

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="alertmanager is not installed: scripts/install_test_tools.sh"
)


@dataclass
class Receivers:
    """Slack and PagerDuty, as far as Alertmanager knows them."""

    slack: list[dict[str, Any]] = field(default_factory=list)
    pages: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    async def take_slack(self, request: web.Request) -> web.Response:
        self.slack.append(orjson.loads(await request.read()))
        return web.Response(text="ok")

    async def take_page(self, request: web.Request) -> web.Response:
        self.pages.append(orjson.loads(await request.read()))
        return web.json_response({"status": "success"}, status=202)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Receivers"]:
        app = web.Application()
        app.router.add_post("/slack", self.take_slack)
        app.router.add_post("/pages", self.take_page)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await runner.cleanup()

    def told(self) -> set[tuple[str, str]]:
        """(channel, title)"""
        return {(each["channel"], each["attachments"][0]["title"]) for each in self.slack}


def configured(folder: Path, receivers: Receivers, mail: MailServer) -> Path:
    """Our configuration with the addresses and secrets of this test, and without waiting."""
    config = yaml.safe_load((ROOT / "alertmanager/alertmanager.yml").read_text())
    (folder / "slack_url").write_text(f"{receivers.url}/slack")
    (folder / "pagerduty_key").write_text("a key")
    general = config["global"]
    general |= {"slack_api_url_file": str(folder / "slack_url"), "smtp_require_tls": False,
                "pagerduty_url": f"{receivers.url}/pages",
                "smtp_smarthost": mail.url.removeprefix("smtp://")}  # fmt: skip
    del general["smtp_auth_username"], general["smtp_auth_password_file"]
    config["templates"] = [str(ROOT / "alertmanager/templates/*.tmpl")]
    for route in (config["route"], *config["route"]["routes"]):
        route["group_wait"] = "0s"
    for receiver in config["receivers"]:
        for page in receiver.get("pagerduty_configs", ()):
            page["routing_key_file"] = str(folder / "pagerduty_key")
    path = folder / "alertmanager.yml"
    path.write_text(yaml.safe_dump(config))
    return path


@asynccontextmanager
async def begun(folder: Path) -> AsyncIterator[tuple[str, Receivers, MailServer]]:
    """Alertmanager's address, and who hears from it."""
    async with (
        Receivers().serving() as receivers,
        MailServer().serving() as mail,
        running(configured(folder, receivers, mail)) as url,
    ):
        yield url, receivers, mail


@asynccontextmanager
async def running(config: Path) -> AsyncIterator[str]:
    assert PROGRAM is not None
    address = f"127.0.0.1:{free_port()}"
    with (config.parent / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: ASYNC220  it is only begun here
            [PROGRAM, f"--config.file={config}", f"--storage.path={config.parent}/data",
             f"--web.listen-address={address}", "--cluster.listen-address="],
            stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(10)


async def fire(url: str, *names: str) -> None:
    """As Prometheus would: with the rule's labels and annotations."""
    body = [
        {"labels": {"alertname": name, **alerts()[name]["labels"]},
         "annotations": alerts()[name]["annotations"]}
        for name in names
    ]  # fmt: skip
    async with aiohttp.ClientSession() as http, asyncio.timeout(15):
        while True:
            try:
                async with http.post(f"{url}/api/v2/alerts", json=body) as response:
                    assert response.status == 200
                    return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)


async def until_told(receivers: Receivers, *expected: tuple[str, str]) -> None:
    async with asyncio.timeout(15):
        while not set(expected) <= receivers.told():
            await asyncio.sleep(0.02)


def title(name: str) -> str:
    rule = alerts()[name]
    return f"{rule['labels']['severity'].upper()}: {rule['annotations']['summary']}"


async def test_a_critical_cost_takes_both_rows_of_the_table_and_mutes_its_warning(
    tmp_path: Path,
) -> None:
    critical, quiet = title("CriticalLLMCost"), title("LowCacheHitRate")
    async with begun(tmp_path) as (url, receivers, mail):
        await fire(url, "CriticalLLMCost")
        await until_told(receivers, ("#genai-critical", critical), ("#genai-cost-alerts", critical))
        async with asyncio.timeout(10):
            while not (mail.mails and receivers.pages):
                await asyncio.sleep(0.02)
        await fire(url, "HighLLMCost", "LowCacheHitRate")
        await until_told(receivers, ("#genai-alerts", quiet))
    assert str(make_header(decode_header(mail.mails[0]["Subject"]))) == critical
    assert receivers.pages[0]["payload"]["summary"] == critical
    assert "docs/runbooks/CriticalLLMCost.md" in receivers.slack[0]["attachments"][0]["text"]
    assert not [channel for channel, told in receivers.told() if told == title("HighLLMCost")]
    assert {channel for channel, told in receivers.told() if told == quiet} == {"#genai-alerts"}
    assert len(mail.mails) == len(receivers.pages) == 1


async def test_while_the_api_is_down_nothing_else_is_told(tmp_path: Path) -> None:
    async with begun(tmp_path) as (url, receivers, _):
        await fire(url, "APIDown")
        await until_told(receivers, ("#genai-critical", title("APIDown")))
        await fire(url, "CriticalErrorRate", "LowRAGSimilarity", "HighLatency")
        async with aiohttp.ClientSession() as http, asyncio.timeout(10):
            muted = 0
            while muted < 3:
                async with http.get(f"{url}/api/v2/alerts?active=false") as response:
                    found = await response.json()
                muted = sum(bool(each["status"]["inhibitedBy"]) for each in found)
    assert {told for _, told in receivers.told()} == {title("APIDown")}
