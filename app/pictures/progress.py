"""How far a clip is, in the status bar, and the button that stops it."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from app.looks.icons import icon
from app.looks.plain import plain_label
from app.looks.progress_line import ProgressLine
from app.pictures.studio import Studio


class StudioLine(QWidget):
    """There only while something is being made."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("studio-line")
        self._studio = studio
        self._words = plain_label(name="studio-words")
        self._bar = ProgressLine()
        self._bar.setObjectName("studio-progress")
        self._bar.setFixedWidth(120)
        stop = QToolButton()
        stop.setObjectName("studio-cancel")
        stop.setAccessibleName("Stop making this file")
        stop.setIcon(icon("close"))
        stop.setIconSize(QSize(12, 12))
        stop.setAutoRaise(True)
        stop.setToolTip("Stop making this file; nothing is written (File menu: Stop the clip)")
        stop.clicked.connect(studio.cancel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 12, 0)
        for part in (self._words, self._bar, stop):
            layout.addWidget(part)
        studio.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        job = self._studio.job
        self.setVisible(job is not None)
        if job is not None:
            self._words.setText(f"{job.path.name} · {job.progress.share:.0%}")
            self._bar.show_share(job.progress.share)
