"""What is plotted over the run: a button with a list to tick, which stays open."""

from __future__ import annotations

from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, Qt
from PySide6.QtWidgets import QMenu, QToolButton

from app.menus.menu_entries import NOT_NOW
from app.models import Models
from app.viewmodels.plots import MOST
from app.viewmodels.quantities import QUANTITIES

TIP = f"What is plotted over the run, up to {MOST} at a time (Shift+M: the next, Ctrl+Shift+M: one more)"


class PlotChoice(QToolButton):
    """Shown while there are plots."""

    def __init__(self, models: Models) -> None:
        super().__init__()
        self._models = models
        self.setObjectName("plot-quantity")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(TIP)
        menu = TickMenu(self)
        menu.setObjectName("menu-plots")
        menu.setToolTipsVisible(True)
        self._actions: dict[str, QAction] = {}
        for key, quantity in QUANTITIES.items():
            action = self._actions[key] = menu.addAction(quantity.label)
            action.setObjectName(f"plot-{key}")
            action.setCheckable(True)
            action.toggled.connect(lambda on, key=key: models.plots.set_plotted(key, on))
        menu.aboutToShow.connect(self._refresh)
        self.setMenu(menu)
        models.plots.changed.connect(self._refresh)
        self._refresh()

    def _refresh(self) -> None:
        plots = self._models.plots
        for key, action in self._actions.items():
            why_not = plots.why_not_set(key)
            action.setChecked(key in plots.chosen)
            action.setEnabled(why_not is None)
            action.setToolTip(QUANTITIES[key].tip + (NOT_NOW + why_not if why_not else ""))
        labels = [QUANTITIES[key].label for key in plots.chosen]
        self.setText(labels[0] if len(labels) == 1 else f"{len(labels)} plots")
        self.setAccessibleName(f"Plotted over the run: {', '.join(labels)}")


class TickMenu(QMenu):
    """Stays open while entries are ticked."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._tick(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space or not self._tick(self.activeAction()):
            super().keyPressEvent(event)

    def _tick(self, action: QAction | None) -> bool:
        if action is None or not action.isCheckable():
            return False
        if action.isEnabled():
            action.trigger()
        return True
