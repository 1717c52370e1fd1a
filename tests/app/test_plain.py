"""Names from outside that look like markup are read everywhere as they are."""

import re

import pytest
from PySide6.QtGui import QAction, QImage, Qt, QTextDocument
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLabel, QWidget

from app.looks.plain import plain_tip
from app.menus.menu_entries import plain
from gfpose_core.io.recordings import save_recording
from tests.app.conftest import imported, settled
from tests.app.fakes import FakeBackend, FakePrior
from tests.app.test_importing_window import drop, offered
from tests.app.test_window import find
from tests.samples import a_bvh, people

NAME = "<h1>A&amp;B[*]"
TIP = Qt.ItemDataRole.ToolTipRole


def read(label: QLabel) -> str:
    """What a person reads there, who does not see a space of no width."""
    text, kind = label.text().replace("\u200b", ""), label.textFormat()
    marked = kind == Qt.TextFormat.AutoText and Qt.mightBeRichText(text)
    if kind == Qt.TextFormat.PlainText or not (marked or kind == Qt.TextFormat.RichText):
        return text
    document = QTextDocument()
    document.setHtml(text)
    return document.toPlainText()


def labels(window) -> dict[str, str]:
    """What labels say that name something hostile, by their names; all of them are readable."""
    named = {label.objectName(): read(label) for label in window.findChildren(QLabel) if "h1" in label.text()}
    spoilt = [f"{name}: {said}" for name, said in named.items() if NAME not in said]
    assert not spoilt
    return named


def tips(window) -> list[str]:
    """Every tooltip of the window, of rows too."""
    told = [thing.toolTip() for kind in (QWidget, QAction) for thing in window.findChildren(kind)]
    lists = [view.model() for view in window.findChildren(QAbstractItemView) if view.model() is not None]
    for model in (*lists, *(combo.model() for combo in window.findChildren(QComboBox))):
        told += [model.index(row, 0).data(TIP) or "" for row in range(model.rowCount())]
    return [tip for tip in told if "h1" in tip]


@pytest.fixture
def files(tmp_path, rng):
    """A folder and files in it, all of that name."""
    folder = tmp_path / NAME
    folder.mkdir()
    a_bvh(folder / f"{NAME}.bvh", people(rng, 6) / 10)
    image = QImage(60, 40, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.gray)
    image.save(str(folder / f"{NAME}.png"))
    (folder / f"{NAME}.txt").write_text("nothing")
    return folder


def test_names_are_read_as_they_are(open_window, qtbot, files):
    window = open_window(FakeBackend(FakePrior(name=NAME)))
    settled(qtbot, window)
    models = window.models
    window.welcome()
    save_recording(files / f"{NAME}.h5", models.playback.recording)
    drop(window, files / f"{NAME}.h5")
    qtbot.waitUntil(lambda: len(models.runs.listed) == 2)
    models.playback.seek(3)
    models.branching.branch()
    settled(qtbot, window)
    window.panels["gallery"].pin_focused()
    drop(window, files / f"{NAME}.png", files / f"{NAME}.txt", files / f"{NAME}.bvh")
    offered(qtbot, window)
    qtbot.waitUntil(lambda: any(n.kind == "error" for n in models.notices.shown))
    seen = labels(window)
    imported(qtbot, window)
    models.sampling.open_checkpoint(str(files / f"{NAME}.pth"))
    settled(qtbot, window)
    window.keeper.save(files / f"{NAME}.gfpose")
    qtbot.waitUntil(lambda: window.keeper.path is not None)
    window.show_keys()
    seen |= labels(window)
    expected = {"import-title", "sequence-name", "image-name", "status-checkpoint", "banner-text"}
    assert expected <= set(seen)

    told = tips(window)
    assert len(told) > 5
    assert not [tip for tip in told if Qt.mightBeRichText(tip)]
    texts = [action.text() for action in window.findChildren(QAction) if "h1" in action.text()]
    assert len(texts) > 3
    assert not [text for text in texts if NAME not in plain(text)]
    assert window.windowHandle().title().replace("*", "").startswith(NAME.replace("*", ""))
    assert find(window, QComboBox, "checkpoint").currentText() == f"{NAME}.pth"


@pytest.mark.parametrize("text", ["plain", "a < b", "<b>", "x <i>y", "&lt;b&gt;", "a\n<b>", "<br/>"])
def test_a_tooltip_is_never_taken_for_markup_and_reads_the_same(text):
    tip = plain_tip(text)
    assert not Qt.mightBeRichText(tip)
    assert re.sub("\u200b", "", tip) == text
