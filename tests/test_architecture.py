"""The two rules of the house and its layers, by reading the imports, function-local ones too."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WINDOW = {"PySide6", "shiboken6", "qtpy", "superqt", "pyqtgraph", "OpenGL", "app"}
NUMPY_ONLY = [
    "errors",
    "options",
    "registry",
    "ladder",
    "assets",
    "skeleton",
    "pose",
    "camera",
    "condition",
    "masks",
    "rays",
    "starts",
]
NUMPY_ONLY += ["bones", "gaps", "trajectory", "metrics", "calibration", "modes"]
LAYERS = {
    "gfpose_core": [*NUMPY_ONLY, "distributed", "sde", "likelihood", "networks", "samplers", "priors"],
    "app": ["looks", "settings", "logs", "ending", "scene", "documents", "commands", "session", "follower"],
}
LAYERS["gfpose_core"] += ["sampling", "io", "sequences", "export", "training", "catalog", "api", "evaluation"]
LAYERS["gfpose_core"] += ["bench", "cli"]
LAYERS["app"] += ["engine", "viewmodels", "models", "files", "remembering", "shot", "menus", "panels"]
LAYERS["app"] += ["stage_view", "pictures", "banners", "welcome", "status_line", "toolbar", "compare_view"]
LAYERS["app"] += ["main_window", "demo", "main"]
"""The rooms of each package: each may import from those before it."""

NO_QT = ("app.documents.",)

FILES = sorted(path for package in ("gfpose_core", "app") for path in (ROOT / package).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path) for path in FILES}


def imports(path: Path, types_too: bool = True) -> Iterator[str]:
    """Full names of the modules that ``path`` imports, wherever in it."""
    tree = ast.parse(path.read_text("utf-8"))
    only_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(tree):
        if node in only_types and not types_too:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*parents, *filter(None, [node.module])])
            inner = [f"{base}.{alias.name}" for alias in node.names]
            yield from (name for name in inner if name in MODULES)
            if any(name not in MODULES for name in inner):
                yield base


def top(module: str) -> str:
    return module.split(".")[0]


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_the_science_knows_no_window_and_the_window_no_torch(path):
    module, imported = module_of(path), set(map(top, imports(path)))
    if top(module) == "gfpose_core":
        assert not imported & WINDOW
    elif not module.startswith("app.engine"):
        assert "torch" not in imported


@pytest.mark.parametrize("path", [p for p in FILES if module_of(p) not in LAYERS], ids=module_of)
def test_a_room_imports_only_from_rooms_before_it(path):
    package, room = module_of(path).split(".")[:2]
    layers = LAYERS[package]
    assert room in layers, f"give {room} a place in LAYERS"
    inner = (name.split(".") for name in imports(path, types_too=package == "gfpose_core"))
    others = {name[1] for name in inner if name[0] == package and len(name) > 1} - {room}
    assert not {other for other in others if layers.index(other) > layers.index(room)}
    if room in NUMPY_ONLY:
        assert "torch" not in set(map(top, imports(path)))


@pytest.mark.parametrize("path", [p for p in FILES if module_of(p).startswith(NO_QT)], ids=module_of)
def test_the_document_is_plain_values(path):
    assert not WINDOW - {"app"} & set(map(top, imports(path)))


@pytest.mark.parametrize("path", [p for p in FILES if top(module_of(p)) == "app"], ids=module_of)
def test_no_widget_overrides_event(path):
    """Errors raised below such an override end the process: see ``app.looks.own_keys``."""
    names = {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if hasattr(node, "name")}
    assert not names & {"event", "viewportEvent", "notify"}


def test_there_are_no_circles():
    graph = {module_of(path): set(imports(path, types_too=False)) & MODULES for path in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle of imports: " + " -> ".join(reversed(error.args[1])))


def test_the_reading_sees_local_and_relative_imports(tmp_path, monkeypatch):
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    monkeypatch.setattr(f"{__name__}.MODULES", {"pack.one", "pack.room.two"})
    path = tmp_path / "pack" / "room" / "two.py"
    path.parent.mkdir(parents=True)
    path.write_text("from .. import one\ndef f():\n    import torch.nn\n    from a.b import c\n")
    assert set(imports(path)) == {"pack.one", "torch.nn", "a.b"}
