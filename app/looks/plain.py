"""Text that comes from outside, of files, checkpoints and runs by their names, shown as it is.

Qt takes for markup what looks like it: tags in labels and tooltips, & in menus, [*] in titles of windows.
"""

from __future__ import annotations

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QLabel


def plain_label(text: str = "", name: str = "") -> QLabel:
    """A label that shows any text as it is."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setObjectName(name)
    return label


def plain_tip(text: str) -> str:
    """For a tooltip, which has no switch for it: no tag goes on after a space of no width."""
    return text.replace("<", "<\u200b").replace("&", "&\u200b") if Qt.mightBeRichText(text) else text


def plain_action(text: str) -> str:
    """For an action or a button: & is no mark of a key."""
    return text.replace("&", "&&")


def plain_title(text: str) -> str:
    """For the title of a window: [*] does not say that it was modified."""
    return text.replace("[*]", "[*][*]")
