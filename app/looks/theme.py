"""Colours of the window and of the scene, dark and light, and the one call that applies them.

Scene colours build on the Okabe-Ito set, which people with any common colour vision tell apart: the
person's left is warm (vermillion), right is cool (blue), ground truth bluish green, evidence white. The
accent is violet, so that "selected" is never mistaken for a side of the body. What is known of a joint is
told by a sign as well: grey ring (free), half-filled yellow disc (seen in 2D), white disc (fixed in 3D).
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.looks.stylesheet import mixed, stylesheet

SCHEMES = ("dark", "light")


@dataclass(frozen=True)
class SceneColours:
    """Everything drawn on a stage, as ``#rrggbb``."""

    background: str
    grid: str
    shadow: str
    left: str
    right: str
    centre: str
    truth: str
    evidence: str  # its bones and feet
    fixed: str  # sign of a joint fixed in 3D: it fills its ring on any ground
    seen: str  # seen in 2D
    free: str
    ink: str  # outline of markers
    ray: str  # the unknown depth of a joint seen in 2D
    score_low: str
    score_high: str
    accent: str
    hues: tuple[str, ...]  # of clusters and compared poses, told apart by any eyes

    def side(self, side: str) -> str:
        """Colour of ``"left"``, ``"right"`` or ``"centre"``."""
        return {"left": self.left, "right": self.right, "centre": self.centre}[side]


@dataclass(frozen=True)
class Theme:
    """One scheme: the colours of the window and those of the scene."""

    scheme: str
    window: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    on_accent: str
    error: str
    warning: str
    info: str
    scene: SceneColours


DARK = Theme(
    scheme="dark",
    window="#16191e", surface="#1c2026", raised="#282d35", border="#343a44",
    text="#e4e7ec", muted="#98a1af", accent="#978cf8", on_accent="#14121f",
    error="#f2777a", warning="#f0c65a", info="#6fb7ee",
    scene=SceneColours(
        background="#171a20", grid="#59616e", shadow="#000000",
        left="#f0803c", right="#4fa3e3", centre="#b4bac6", truth="#23c08f", evidence="#ffffff",
        fixed="#ffffff", seen="#f0d43a", free="#8f98a6", ink="#0b0d10", ray="#ffffff",
        score_low="#a8933a", score_high="#f5e663", accent="#a79dff",
        hues=("#56b4e9", "#e69f00", "#cc79a7", "#f0e442", "#009e73", "#c8ced8"),
    ),
)  # fmt: skip

LIGHT = Theme(
    scheme="light",
    window="#f3f4f7", surface="#ffffff", raised="#e9ebf0", border="#d3d7df",
    text="#1d2128", muted="#667080", accent="#5d4fd6", on_accent="#ffffff",
    error="#c2353a", warning="#94690a", info="#1f6fb2",
    scene=SceneColours(
        background="#eceef2", grid="#9aa2af", shadow="#3c4454",
        left="#ea6a12", right="#2383cc", centre="#959caa", truth="#00906a", evidence="#ffffff",
        fixed="#1a1d23", seen="#f2cc0c", free="#9aa2ae", ink="#1a1d23", ray="#3a404b",
        score_low="#b9a04a", score_high="#7c5a00", accent="#5d4fd6",
        hues=("#2b7fc4", "#c47300", "#a8437f", "#5e5600", "#007a57", "#3f4652"),
    ),
)  # fmt: skip


def theme(scheme: str) -> Theme:
    """The theme named ``"dark"`` or ``"light"``."""
    return {"dark": DARK, "light": LIGHT}[scheme]


def theme_of(palette: QPalette) -> Theme:
    """The theme a widget with this palette is shown in; lets a widget follow a change by itself."""
    return DARK if palette.color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def system_scheme(app: QApplication) -> str:
    """What the desktop asks for; dark where it does not say, as instruments are."""
    return "light" if app.styleHints().colorScheme() == Qt.ColorScheme.Light else "dark"


def apply(app: QApplication, scheme: str | None = None) -> Theme:
    """Dress the whole application in ``scheme``; ``None`` follows the desktop, now and when it changes."""
    for follower in app.findChildren(_Follower):
        follower.stop()
    if scheme is None:
        _Follower(app)
    chosen = theme(scheme or system_scheme(app))
    _dress(app, chosen)
    return chosen


class _Follower(QObject):
    """Dresses the application anew when the desktop turns dark or light."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        app.styleHints().colorSchemeChanged.connect(self._change)

    def _change(self) -> None:
        app = self.parent()
        _dress(app, theme(system_scheme(app)))

    def stop(self) -> None:
        self.parent().styleHints().colorSchemeChanged.disconnect(self._change)
        self.setParent(None)


def _dress(app: QApplication, chosen: Theme) -> None:
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(_palette(chosen))
    app.setStyleSheet(stylesheet(chosen))


def _palette(t: Theme) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for names, colour in (
        ((role.Window, role.Button), t.window),
        ((role.Base, role.ToolTipBase), t.surface),
        ((role.AlternateBase, role.Midlight), t.raised),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), t.text),
        ((role.PlaceholderText,), t.muted),
        ((role.Highlight, role.Accent), t.accent),
        ((role.HighlightedText,), t.on_accent),
        ((role.Link,), t.info),
        ((role.Mid, role.Dark), t.border),
    ):
        for name in names:
            palette.setColor(name, QColor(colour))
    for name in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(mixed(t.muted, t.window, 0.55)))
    return palette
