"""Files that replicas over one data folder make at their first start."""

import asyncio
import sys
from pathlib import Path

from tests.server import ROOT

EMBED = """
import asyncio, sys
from pathlib import Path
from app.llm.embedders import BundledEmbedder
found = asyncio.run(BundledEmbedder(Path(sys.argv[1])).embed(["How much can the X1 tow?"]))
print(len(found[0]))
"""


async def test_processes_that_start_together_each_get_a_whole_model(tmp_path: Path) -> None:
    async def start() -> tuple[str, str]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", EMBED, str(tmp_path / "models"), cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, complaint = await process.communicate()
        return said.decode().strip(), complaint.decode()

    for said, complaint in await asyncio.gather(start(), start(), start()):
        assert said == "384", complaint
    assert [each.suffix for each in (tmp_path / "models").iterdir()] == [".onnx"]
