"""The viewer on a small screen, as its own process: ``QT_SCALE_FACTOR=2 python -m tests.app.narrow_child``.

Goes through what a person does there, and says in JSON what was too large or cut off.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QSettings, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from app.looks import theme
from app.main_window import MainWindow
from app.settings import Settings
from tests.app.crash_child import settled, wait_until
from tests.app.fakes import FakeBackend, FakePrior
from tests.samples import a_bvh, people
from tests.texts import cut, tour
from tests.waiting import wait

LONG = "walking_up_the_stairs_and_down_again_with_both_hands_on_the_banister_take_017_cleaned"


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
    models.notices.error(LONG, "that has so much to say that it takes several lines", "and details")
    yield "a banner"
    models.notices.dismiss(models.notices.shown[-1])
    bvh = a_bvh(Path(tempfile.mkdtemp()) / f"{LONG}.bvh", people(np.random.default_rng(7)) / 10)
    window.files.open(bvh)
    wait_until(lambda: window.files.importing.offer is not None and not window.files.importing.busy)
    yield "a file is offered"
    window.findChild(QPushButton, "import-apply").click()
    wait_until(lambda: models.clips.clip is not None)
    settled(window)
    yield "a sequence"
    models.notices.error(LONG, "that has so much to say that it takes several lines", "and details")
    yield "a banner over a sequence"
    window.reset_panels()
    yield "panels put back"


def main() -> None:
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication(sys.argv[:1])
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, tempfile.mkdtemp())
    Settings.autosaves = Path(tempfile.mkdtemp())
    theme.apply(app, "dark")
    window = MainWindow(FakeBackend(FakePrior(name=LONG)), Settings())
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
