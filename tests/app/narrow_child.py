"""The viewer on a small screen, as its own process: ``QT_SCALE_FACTOR=2 python -m tests.app.narrow_child``.

Goes through what a person does there, and says in JSON what was too large or cut off.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSettings, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from app.looks import theme
from app.main_window import MainWindow
from app.settings import Settings
from tests.app.crash_child import settled
from tests.app.fakes import FakeBackend
from tests.texts import cut, tour
from tests.waiting import wait


def states(window: MainWindow) -> Iterator[str]:
    """What is looked at, by name."""
    models = window.models
    yield "at the start"
    models.conditioning.apply_preset("legs")
    models.conditioning.select([13])
    settled(window)
    yield "a limb is completed"
    models.layers.set("plots", True)
    yield "plots"
    models.layers.set("plots", False)
    models.ranking.arrange(grouped=True)
    for index in (0, 3, 5):
        models.gallery.toggle_selected(index)
    models.layers.set("compare", True)
    yield "poses are compared"
    models.layers.set("compare", False)
    models.playback.seek(8)
    window.findChild(QToolButton, "branch-here").click()
    settled(window)
    models.compare.set_on(True)
    yield "a branch is compared"
    models.compare.set_on(False)
    models.conditioning.apply_preset("denoise")
    settled(window)
    yield "denoised"
    window.findChild(QPushButton, "image-blank").click()
    yield "a blank canvas"
    models.notices.error("A banner", "that has so much to say that it takes several lines", "and details")
    yield "a banner"


def main() -> None:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication(sys.argv[:1])
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, tempfile.mkdtemp())
    Settings.autosaves = Path(tempfile.mkdtemp())
    theme.apply(app, "dark")
    window = MainWindow(FakeBackend(), Settings())
    window.show()
    window.start()
    settled(window)
    room, found = app.primaryScreen().availableGeometry().size(), []
    for state in states(window):
        wait(100)
        for _ in tour(window):
            wait(100)
            found += [f"{state}: {words}" for words in cut(window)]
            if (size := window.frameSize()).expandedTo(room) != room:
                found.append(f"{state}: the window is {size}")
    window.close()
    print(json.dumps({"room": room.toTuple(), "found": found}))


if __name__ == "__main__":
    main()
