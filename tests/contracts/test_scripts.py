"""Scripts are run by hand: that each can be started is seen here."""

import importlib
import pkgutil

import pytest

import scripts

MODULES = [each.name for each in pkgutil.walk_packages(scripts.__path__, "scripts.")]


@pytest.mark.parametrize("name", MODULES)
def test_a_script_finds_all_that_it_uses(name: str) -> None:
    importlib.import_module(name)
