"""Round the areas of the window by key: the stage, every panel shown, the toolbar."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QTabBar, QToolBar, QWidget


def go(window: QMainWindow, stage: QWidget, by: int) -> None:
    """Give the keyboard to the next area (1), or the one before (-1), and there to where it was last."""
    areas = [stage, *_docked(window), *window.findChildren(QToolBar)]
    focus = QApplication.focusWidget()
    here = next(
        (n for n, area in enumerate(areas) if focus and (area is focus or area.isAncestorOf(focus))), None
    )
    for step in range(1, len(areas) + 1):
        area = areas[((here if here is not None else -by) + by * step) % len(areas)]
        target = area if area is stage else _within(area)
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def _docked(window: QMainWindow) -> Iterable[QWidget]:
    """The panels on show, the left ones first, each side from top to bottom."""
    shown = [d for d in window.findChildren(QDockWidget) if d.isVisible() and not d.visibleRegion().isEmpty()]
    return sorted(shown, key=lambda dock: (dock.x(), dock.y()))


def _within(area: QWidget) -> QWidget | None:
    """The widget of an area that had the keyboard last, or the first that can have it."""
    if (last := area.focusWidget()) is not None and last.isVisible() and last.isEnabled():
        return last
    takers = (w for w in area.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus)
    shown = [w for w in takers if w.isVisible() and w.isEnabled() and not isinstance(w, QTabBar)]
    return min(
        shown, key=lambda w: (p := w.mapTo(area, w.rect().topLeft())).y() * 10_000 + p.x(), default=None
    )
