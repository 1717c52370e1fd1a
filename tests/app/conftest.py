"""A window to drive, settings that touch nobody's own, and the check that no thread is left."""

import threading
from functools import cache

import pytest
from PySide6.QtCore import QCoreApplication, QSettings, QStandardPaths, Qt
from PySide6.QtWidgets import QPushButton

QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)

STAGE = 700, 560
"""Pixels of the fixture ``stage``."""


@pytest.fixture(autouse=True)
def own_settings(tmp_path, monkeypatch):
    """Settings, recent files, unsaved work and the log of a test are its own."""
    QStandardPaths.setTestModeEnabled(True)
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / variable))
    for kind in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(kind, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    monkeypatch.setattr("app.settings.Settings.autosaves", tmp_path / "autosave")


@pytest.fixture(autouse=True)
def no_dangling_thread():
    """Every thread a test starts has ended with it (torch keeps none of Python's), or is about to."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(1.0)
    left = [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()]
    assert not left, f"threads left behind: {left}"


@pytest.fixture(scope="session", autouse=True)
def dressed(qapp):
    """The application as a person sees it, which asks the driver once."""
    from app.looks import theme
    from app.scene import stage

    stage.probe = cache(stage.probe)

    qapp.setApplicationName("gfpose-viewer-tests")
    theme.apply(qapp, "dark")


@pytest.fixture
def open_window(qtbot):
    """``open_window(backend=..., document=...)``: a started window; closed again after the test."""
    from app.main_window import MainWindow
    from app.settings import Settings
    from tests.app.fakes import FakeBackend

    windows = []

    def make(backend=None, document=None, files=(), replay=False):
        window = MainWindow(backend or FakeBackend(), Settings(), document)
        windows.append(window)
        window.models.sampling.replay = replay
        window.show()
        qtbot.waitExposed(window)
        window.start(list(files))
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()


@pytest.fixture
def window(open_window, qtbot):
    """A window whose first run is over and shown at its end."""
    window = open_window()
    settled(qtbot, window)
    return window


@pytest.fixture(params=["GLCanvas", "SoftwareGLCanvas", "PainterCanvas"])
def stage(request, qtbot, monkeypatch):
    """A stage with each of the canvases, shown, with nothing on it."""
    from app.scene.opengl import Driver
    from app.scene.stage import make_stage, probe

    painted = request.param == "PainterCanvas"
    if not painted and probe().missing:
        pytest.skip("no OpenGL context here")
    monkeypatch.setenv("GFPOSE_STAGE", "painter" if painted else "gl")
    monkeypatch.setattr("app.scene.stage.probe", lambda: Driver(software=request.param == "SoftwareGLCanvas"))
    stage, notice = make_stage()
    assert type(stage.canvas).__name__ == request.param
    assert (notice is None) == (not painted)
    qtbot.addWidget(stage)
    stage.resize(*STAGE)
    with qtbot.waitExposed(stage):
        stage.show()
    return stage


def settled(qtbot, window, timeout=30_000):
    """Wait until the shown run is the document's, at its end."""
    models = window.models

    def still():
        sampling = models.sampling
        return not (sampling.busy or sampling.loading or sampling.waiting or models.playback.playing) and (
            models.playback.recording is not None and not models.playback.live
        )

    qtbot.waitUntil(still, timeout=timeout)


def imported(qtbot, window, timeout=10_000):
    """Wait until a file is offered, and import it as it was understood."""
    importing = window.files.importing
    qtbot.waitUntil(lambda: importing.offer is not None and not importing.busy, timeout=timeout)
    window.findChild(QPushButton, "import-apply").click()
