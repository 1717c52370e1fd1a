"""Tables of what can be chosen, with what other packages add."""

import sys

import pytest

from gfpose_core.errors import GfposeError
from gfpose_core.registry import EXPORTERS, IMPORTERS, SAMPLERS, Table, load

PLUGIN = """
from gfpose_core.io.importing import Importer
MINE = Importer("my format", (".mine",), lambda path, kind: path.suffix == ".mine", None)
"""


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """An installed package of someone else's."""
    about = tmp_path / "theirs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[gfpose.importers]\nmine = theirs:MINE\nnpz = theirs:MINE\nbroken = theirs.none:NOTHING\n"
    )
    (tmp_path / "theirs.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("theirs", None)


@pytest.mark.parametrize("table", [SAMPLERS, IMPORTERS, EXPORTERS])
def test_all_that_is_listed_can_be_loaded(table):
    assert len(list(table)) == len(table) > 0
    assert all(load(table, name) is not None for name in table)


def test_another_package_adds_to_a_table_and_takes_no_name_away(distribution):
    table = Table("gfpose.importers", dict(IMPORTERS))
    assert list(table)[: len(IMPORTERS)] == list(IMPORTERS)
    assert len(table) == len(IMPORTERS) + 2
    assert load(table, "mine").label == "my format"
    assert load(table, "npz").label != "my format"


def test_what_cannot_be_loaded_is_said_in_words(distribution):
    table = Table("gfpose.importers", {})
    with pytest.raises(GfposeError, match=r"'broken' cannot be loaded from theirs.none:NOTHING"):
        load(table, "broken")
    with pytest.raises(GfposeError, match="there is no 'other'; choose one of mine, npz, broken"):
        load(table, "other")
