"""Small line icons, drawn in the colours of the theme they are shown in."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.looks.marker_style import paint_marker
from app.looks.theme import theme_of

_PATHS = {
    "play": '<path d="M8 5.5v13l10.5-6.5z" fill="COLOUR"/>',
    "reverse": '<path d="M16 5.5v13L5.5 12z" fill="COLOUR"/>',
    "pause": '<path d="M8.5 6v12M15.5 6v12" stroke-width="3"/>',
    "stop": '<rect x="6.5" y="6.5" width="11" height="11" rx="1.5" fill="COLOUR"/>',
    "first": '<path d="M7 6v12M18 6v12l-8-6z" fill="COLOUR"/>',
    "last": '<path d="M17 6v12M6 6v12l8-6z" fill="COLOUR"/>',
    "back": '<path d="M15 6l-6 6 6 6"/>',
    "forward": '<path d="M9 6l6 6-6 6"/>',
    "loop": '<path d="M5 11V9a3 3 0 0 1 3-3h10M15 3l3 3-3 3M19 13v2a3 3 0 0 1-3 3H6M9 21l-3-3 3-3"/>',
    "undo": '<path d="M8 5L4 9l4 4M4 9h9a6 6 0 0 1 0 12h-3"/>',
    "redo": '<path d="M16 5l4 4-4 4M20 9h-9a6 6 0 0 0 0 12h3"/>',
    "camera": '<path d="M4 8h4l1.5-2.5h5L16 8h4v11H4z"/><circle cx="12" cy="13" r="3.5"/>',
    "export": '<path d="M12 15V4M8 8l4-4 4 4M5 14v6h14v-6"/>',
    "open": '<path d="M3.5 19V6h6l2 2.5h9V19z"/>',
    "lock": '<rect x="6" y="11" width="12" height="9" rx="1.5"/><path d="M8.5 11V8a3.5 3.5 0 0 1 7 0v3"/>',
    "unlock": '<rect x="6" y="11" width="12" height="9" rx="1.5"/><path d="M8.5 11V7a3.5 3.5 0 0 1 7-1"/>',
    "close": '<path d="M7 7l10 10M17 7L7 17"/>',
    "dice": '<rect x="4.5" y="4.5" width="15" height="15" rx="3"/>'
    '<path d="M9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01" stroke-width="2.6"/>',
    "compare": '<path d="M4 5h6.5v14H4zM13.5 5H20v14h-6.5z"/>',
    "swap": '<path d="M4 8h14M14.5 4.5L18 8l-3.5 3.5M20 16H6M9.5 12.5L6 16l3.5 3.5"/>',
    "branch": '<path d="M6 4v16M6 12c0-3 2-4 5-4h7M14.5 4.5L18 8l-3.5 3.5"/>',
    "turned": '<path d="M8 19V5M4.5 8.5L8 5l3.5 3.5M16 5v14M12.5 15.5L16 19l3.5-3.5"/>',
    "more": '<path d="M6 12h.01M12 12h.01M18 12h.01" stroke-width="2.8"/>',
    "pin": '<path d="M9 4h6l-1 6 3 3H7l3-3zM12 13v7"/>',
}

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="COLOUR" '
    'stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">PATH</svg>'
)


def icon(name: str, on_accent: bool = False) -> QIcon:
    """The icon ``name`` in the colour of text, or of text on the accent colour; it follows the theme."""
    return QIcon(_ThemedIcon(name, on_accent))


def level_icon(level: int) -> QIcon:
    """The sign of FREE, SEEN_2D, FIXED_3D or MIXED, as stage and body map have it."""
    return QIcon(_LevelIcon(level))


class _Drawn(QIconEngine):
    """Draws in the colours the application has at that moment."""

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        if pixmap.isNull():  # asked for no pixels at all
            return pixmap
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, pixmap.rect(), mode, state)
        painter.end()
        return pixmap


class _LevelIcon(_Drawn):
    def __init__(self, level: int) -> None:
        super().__init__()
        self._level = level

    def clone(self) -> QIconEngine:
        return _LevelIcon(self._level)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale = rect.height() / 16
        painter.translate(QRectF(rect).center())
        painter.scale(scale, scale)
        if mode == QIcon.Mode.Disabled:
            painter.setOpacity(0.45)
        paint_marker(painter, QPointF(), self._level, 6.0, theme_of(QGuiApplication.palette()).scene)


class _ThemedIcon(_Drawn):
    def __init__(self, name: str, on_accent: bool) -> None:
        super().__init__()
        self._name, self._on_accent = name, on_accent

    def clone(self) -> QIconEngine:
        return _ThemedIcon(self._name, self._on_accent)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        colours = theme_of(QGuiApplication.palette())
        colour = colours.on_accent if self._on_accent or state == QIcon.State.On else colours.text
        if mode == QIcon.Mode.Disabled:
            colour = colours.muted
            painter.setOpacity(0.45)
        svg = _SVG.replace("PATH", _PATHS[self._name]).replace("COLOUR", colour)
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(rect))
