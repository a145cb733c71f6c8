"""What `serve` looks at before it opens anything."""

import os
from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.serving import check_data_dir, check_shared_stores, tell_langchain
from app.settings import Settings


def test_a_data_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    check_data_dir(tmp_path / "new" / "data")
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"DATA_DIR .* cannot be written by user"):
        check_data_dir(tmp_path / "file" / "data")


def test_several_processes_need_servers_they_can_share() -> None:
    with pytest.raises(ConfigurationError, match="needs DATABASE_URL and REDIS_URL"):
        check_shared_stores(Settings(_env_file=None, api_workers=2, database_url="", redis_url=""))


@pytest.mark.parametrize(("wanted", "told"), [(False, "false"), (True, "true")])
def test_langchain_traces_only_when_it_is_told_to(
    monkeypatch: pytest.MonkeyPatch, wanted: bool, told: str
) -> None:
    monkeypatch.setenv("LANGCHAIN_TRACING_V2", "something else")
    monkeypatch.setenv("LANGSMITH_TRACING_V2", "true")
    tell_langchain(Settings(_env_file=None, langchain_tracing_v2=wanted))
    assert os.environ["LANGCHAIN_TRACING_V2"] == os.environ["LANGSMITH_TRACING_V2"] == told


def test_langchain_never_traces_unmasked_conversations() -> None:
    with pytest.raises(ConfigurationError, match="MASK_PII"):
        tell_langchain(Settings(_env_file=None, langchain_tracing_v2=True, mask_pii=False))
