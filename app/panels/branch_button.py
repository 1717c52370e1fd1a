"""Branch here: one hypothesis fanned out, or all of them, from the playhead on."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QMenu, QToolButton

from app.looks.icons import icon
from app.models import Models

TIP = "Sample on from x(t) at the playhead, from the hypothesis in focus, with another seed (Shift+B)"


class BranchButton(QToolButton):
    """The button, with the choice of what branches."""

    def __init__(self, models: Models) -> None:
        super().__init__()
        self.setObjectName("branch-here")
        self.setIcon(icon("branch"))
        self.setIconSize(QSize(18, 18))
        self.setText("Branch here")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(self)
        one = menu.addAction("From the hypothesis in &focus", models.branching.branch)
        every = menu.addAction(
            "&All hypotheses, each from its own", lambda: models.branching.branch(all_hypotheses=True)
        )
        one.setObjectName("branch-one")
        every.setObjectName("branch-every")
        self.setMenu(menu)
        self.setToolTip(TIP)
        self._playback = models.playback
        self.clicked.connect(lambda: models.branching.branch())
        for signal in (self._playback.state_changed, self._playback.recording_changed):
            signal.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        self.setEnabled(self._playback.recording is not None and not self._playback.live)
