"""A fresh desk to work at: an application that knows nothing of whoever runs it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSettings, QStandardPaths, Qt
from PySide6.QtWidgets import QApplication

from app.looks import theme
from app.settings import Settings


@contextmanager
def fresh_desk() -> Iterator[tuple[QApplication, Path]]:
    """The application, dark, and the folder where its settings and autosaves go until it is left."""
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication([])
    app.setApplicationName("gfpose-viewer-bench")
    QStandardPaths.setTestModeEnabled(True)
    theme.apply(app, "dark")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, name)
        Settings.autosaves = folder / "autosave"
        yield app, folder
