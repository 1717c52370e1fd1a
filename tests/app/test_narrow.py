"""Small screens and narrow windows: everything can be reached, and no text is cut without saying so."""

import json
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDockWidget,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolTip,
)

from tests.app.conftest import settled
from tests.app.test_window import find
from tests.texts import cut, tour


def test_a_small_dense_screen_is_enough_for_the_window():
    """1920 x 1080 px at a scale of 2, which makes 960 x 540."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.app.narrow_child"],
        env={**os.environ, "QT_SCALE_FACTOR": "2"}, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert told["room"] == [960, 540]
    assert not told["found"], "\n".join(told["found"])


@pytest.mark.parametrize("size", [(960, 600), (1100, 700), (1280, 700), (1440, 870)])
def test_no_text_is_cut_without_saying_so(window, qtbot, size):
    window.models.conditioning.apply_preset("denoise")
    for dock in window.findChildren(QDockWidget):
        dock.show()
    settled(qtbot, window)
    window.resize(*size)
    for _ in tour(window):
        qtbot.wait(100)
        assert not cut(window)


def test_the_walk_sees_what_is_cut(window, qtbot):
    """By too little width, by too little height, and by what it lies in."""
    assert not cut(window)
    numbers, sample = find(window, QLabel, "numbers"), find(window, QPushButton, "gallery-use")
    numbers.setMaximumWidth(20)
    sample.setMaximumWidth(30)
    hint = find(window, QLabel, "hint")
    hint.setMaximumHeight(12)
    qtbot.wait(100)
    assert {words.split(":")[0] for words in cut(window)} == {"numbers", "gallery-use", "hint"}
    find(window, QLabel, "status-checkpoint").move(-10, 0)
    assert any("sticks out of status-line" in words for words in cut(window))


def test_a_choice_with_too_little_room_ends_in_an_ellipsis_and_tells_the_rest(window, qtbot):
    window.resize(window.minimumSizeHint())
    qtbot.wait(50)
    combo = find(window, QComboBox, "checkpoint")
    assert combo.drawn.endswith("…")
    assert combo.currentText() == "Shipped prior"
    place = combo.rect().center()
    QApplication.sendEvent(combo, QHelpEvent(QEvent.Type.ToolTip, place, combo.mapToGlobal(place)))
    assert QToolTip.text() == f"Shipped prior\n{combo.toolTip()}"


def test_plots_get_their_room_and_give_it_back(window, qtbot):
    timeline = find(window, QDockWidget, "dock-timeline")
    scroll, before = timeline.widget(), timeline.height()
    assert isinstance(scroll, QScrollArea)
    window.models.layers.set("plots", True)
    qtbot.waitUntil(lambda: timeline.height() > before + 60)
    qtbot.waitUntil(lambda: scroll.verticalScrollBar().maximum() == 0)
    window.models.layers.set("plots", False)
    qtbot.waitUntil(lambda: abs(timeline.height() - before) < 8)
