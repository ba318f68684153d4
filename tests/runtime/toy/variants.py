"""The toy's migrations, or the clinic's, with something added or left out, as a package of their own."""

import importlib
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.runtime.toy import MIGRATIONS

_numbers = count(1)

HEAD = """
from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [("toy", "0001_shelves")]
"""


class Variants:
    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        monkeypatch.syspath_prepend(folder)

    def first(self, many: int, of: str) -> str:
        """The module with the first `many` of the migrations in the module `of`."""
        return self._module(self._sources(of)[:many])

    def one_after_the_other(self, of: str) -> Iterator[str]:
        """A module that gets one more of the migrations in the module `of` each time."""
        name = self._module([])
        for source in self._sources(of):
            shutil.copyfile(source, self._folder / name / source.name)
            importlib.invalidate_caches()
            yield name

    def before(self, name: str, of: str) -> str:
        """The module with the migrations in the module `of` that are numbered before this one."""
        return self._module([source for source in self._sources(of) if source.stem < name])

    @staticmethod
    def _sources(of: str) -> list[Path]:
        return sorted(Path(next(iter(importlib.import_module(of).__path__))).glob("0*.py"))

    def _module(self, sources: list[Path]) -> str:
        package = self._folder / f"variant_{next(_numbers)}"
        package.mkdir()
        (package / "__init__.py").touch()
        for source in sources:
            shutil.copyfile(source, package / source.name)
        importlib.invalidate_caches()
        return package.name

    def toy_and(self, name: str, operations: str) -> str:
        """The module with the toy's migration and one more, of these operations."""
        module = self.first(1, MIGRATIONS)
        (self._folder / module / f"{name}.py").write_text(f"{HEAD}    operations = [{operations}]\n")
        return module
