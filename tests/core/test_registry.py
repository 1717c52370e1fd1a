"""Tables of what can be chosen, with what other packages add."""

import sys

import pytest

from gfpose_core.errors import GfposeError
from gfpose_core.io import importing
from gfpose_core.registry import EXPORTERS, IMPORTERS, SAMPLERS, Table, load

PLUGIN = """
from gfpose_core.io.importing import Importer
MINE = Importer("my format", (".mine",), lambda path, kind: path.suffix == ".mine", None)
SULKY = Importer("sulky", (), lambda path, kind: 1 / 0, None)
"""


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """An installed package of someone else's."""
    about = tmp_path / "theirs-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[gfpose.importers]\nmine = theirs:MINE\nnpz = theirs:MINE\n"
        "broken = theirs.none:NOTHING\nsulky = theirs:SULKY\n"
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
    assert len(table) == len(IMPORTERS) + 3
    assert load(table, "mine").label == "my format"
    assert load(table, "npz").label != "my format"


def test_what_cannot_be_loaded_is_said_in_words(distribution):
    table = Table("gfpose.importers", {})
    with pytest.raises(GfposeError, match=r"'broken' cannot be loaded from theirs.none:NOTHING"):
        load(table, "broken")
    with pytest.raises(GfposeError, match="there is no 'other'; choose one of mine, npz, broken, sulky"):
        load(table, "other")


def test_a_package_that_fails_takes_nothing_else_away(distribution, tmp_path, monkeypatch):
    table = Table("gfpose.importers", dict(IMPORTERS.built_in))
    monkeypatch.setattr(importing, "IMPORTERS", table)
    for name in ("a.mine", "a.other"):
        (tmp_path / name).write_text("anything")
    with pytest.warns(RuntimeWarning) as warned:
        assert importing.importer_of(tmp_path / "a.mine").label == "my format"
    told = " ".join(str(warning.message) for warning in warned)
    assert "'broken' cannot be loaded" in told
    table.built_in["sulky"] = "theirs:SULKY"  # our own are not to fail unseen
    with pytest.raises(ZeroDivisionError), pytest.warns(RuntimeWarning, match="'broken'"):
        importing.importer_of(tmp_path / "a.other")
