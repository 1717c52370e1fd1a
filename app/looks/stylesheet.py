"""The application's Qt style sheet, filled in from a theme.

Properties a widget may set to be drawn in a special way:
  ``chip`` (bool) on a checkable QToolButton or QPushButton: a rounded pill, filled when checked;
  ``compact`` (bool) on a QToolButton of a row of many: with less room around its icon;
  ``primary`` (bool) on a button: the one action a panel is about;
  ``quiet`` (bool) on a button: nothing but its icon until the pointer is there;
  ``kind`` ("error", "warning", "info") on a QFrame: a banner;
  ``sheet`` (bool) on a QFrame: a form beside the stage;
  ``role`` ("title", "muted", "value", "error") on a QLabel.
"""

from __future__ import annotations

from functools import lru_cache
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.looks.theme import Theme

_SHEET = Template("""
* { outline: 0; }
QWidget { color: $text; }
QMainWindow, QDialog { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 6px; }

QMenuBar { background: $window; padding: 2px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $raised; }
QMenu { background: $surface; border: 1px solid $border; padding: 5px; }
QMenu::item { padding: 5px 26px 5px 22px; border-radius: 5px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $faint; background: transparent; }
QMenu::separator { height: 1px; background: $border; margin: 5px 8px; }

QToolBar { background: $window; border: 0; border-bottom: 1px solid $border; padding: 5px 8px; spacing: 6px; }
QToolBar::separator { width: 1px; background: $border; margin: 4px 4px; }
QStatusBar { background: $window; border-top: 1px solid $border; color: $muted; }
QStatusBar::item { border: 0; }

QMainWindow::separator { background: $window; width: 4px; height: 4px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $window; }
QSplitter::handle:hover { background: $accent; }

QToolButton, QPushButton {
  background: $raised; border: 1px solid $border; border-radius: 6px; padding: 4px 10px; min-height: 18px;
}
QToolButton:hover, QPushButton:hover { border-color: $muted; }
QToolButton:pressed, QPushButton:pressed { background: $border; }
QToolButton:checked, QPushButton:checked { background: $accent; border-color: $accent; color: $on_accent; }
QToolButton:disabled, QPushButton:disabled { color: $faint; background: $window; border-color: $raised; }
QToolButton:focus, QPushButton:focus { border-color: $accent; }
QFileDialog QToolButton { padding: 2px; }
QToolBar QToolButton { background: transparent; border-color: transparent; padding: 4px 8px; }
QToolBar QToolButton:hover { background: $raised; }
QToolBar QToolButton:pressed { background: $border; }
QToolBar QToolButton:checked { background: $accent; color: $on_accent; }
QToolButton[compact="true"] { padding: 4px 6px; }
QToolButton::menu-indicator { image: none; }
*[primary="true"], QToolBar *[primary="true"] {
  background: $accent; border-color: $accent; color: $on_accent; font-weight: 600; padding: 4px 14px;
}
*[primary="true"]:hover, QToolBar *[primary="true"]:hover { background: $accent_hover; }
*[primary="true"]:disabled, QToolBar *[primary="true"]:disabled {
  background: $raised; border-color: $raised; color: $faint;
}
*[quiet="true"] { background: transparent; border-color: transparent; padding: 2px; min-height: 0; }
*[quiet="true"]:hover { background: $raised; border-color: $border; }
*[chip="true"] { border-radius: 12px; padding: 2px 11px; min-height: 19px; background: transparent; }
*[chip="true"]:hover { background: $raised; }
*[chip="true"]:checked { background: $accent_soft; border-color: $accent; color: $text; }
*[chip="true"]:disabled { background: transparent; border-color: $raised; color: $faint; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QPlainTextEdit, QTextEdit {
  background: $surface; border: 1px solid $border; border-radius: 6px; padding: 3px 7px; min-height: 18px;
  selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: $muted; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus {
  border-color: $accent;
}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
  color: $faint; background: $window; border-color: $raised;
}
QComboBox::drop-down { border: 0; width: 18px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  border: 0; width: 16px; background: transparent;
}
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: $raised; }
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow, QComboBox::down-arrow {
  width: 0; height: 0; border-left: 4px solid $surface; border-right: 4px solid $surface;
}
QAbstractSpinBox::up-arrow { border-bottom: 4px solid $muted; }
QAbstractSpinBox::down-arrow, QComboBox::down-arrow { border-top: 4px solid $muted; }

QCheckBox, QRadioButton { spacing: 7px; }
QCheckBox::indicator, QRadioButton::indicator {
  width: 13px; height: 13px; border: 1px solid $muted; background: $surface;
}
QCheckBox::indicator { border-radius: 4px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked {
  width: 7px; height: 7px; border: 4px solid $accent; background: $knob;
}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $border; }
QComboBox QAbstractItemView {
  background: $surface; border: 1px solid $border; selection-background-color: $accent;
  selection-color: $on_accent; padding: 3px;
}

QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $border; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::sub-page:horizontal:disabled { background: $border; }
QSlider::handle:horizontal {
  width: 14px; height: 14px; margin: -6px -1px; border-radius: 8px; background: $knob;
  border: 1px solid $accent;
}
QSlider::handle:horizontal:hover { background: $accent; }
QSlider::handle:horizontal:disabled { background: $raised; border-color: $border; }
QProgressBar {
  background: $border; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; color: transparent;
}
QProgressBar::chunk { background: $accent; border-radius: 3px; }

QListView, QTableView, QTreeView {
  background: $surface; alternate-background-color: $window; border: 1px solid $border; border-radius: 6px;
  gridline-color: $raised; selection-background-color: $accent_soft; selection-color: $text;
}
QListView::item { border-radius: 6px; padding: 2px; }
QListView::item:hover, QTableView::item:hover, QTreeView::item:hover { background: $raised; }
QListView::item:selected, QTableView::item:selected, QTreeView::item:selected {
  background: $accent_soft; color: $text;
}
QHeaderView { color: $muted; }
QHeaderView::section {
  background: $window; border: 0; border-bottom: 1px solid $border; padding: 4px 8px;
}
QTableView#comparison QHeaderView::section:vertical { padding: 0 8px; }
QTableCornerButton::section { background: $window; border: 0; }
QScrollArea, QStackedWidget { background: transparent; border: 0; }

QTabWidget::pane { border: 0; border-top: 1px solid $border; }
QTabBar::tab {
  background: transparent; color: $muted; padding: 6px 12px; border-bottom: 2px solid transparent;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QGroupBox { border: 0; margin-top: 20px; padding: 0; }
QGroupBox::title { subcontrol-origin: margin; left: 0; top: 2px; color: $muted; font-weight: 600; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 1px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 1px; }
QScrollBar::handle { background: $border; border-radius: 4px; min-width: 28px; min-height: 28px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QLabel[role="title"] { font-weight: 600; font-size: 14px; }
QLabel[role="muted"] { color: $muted; }
QLabel[role="error"] { color: $error; }
QLabel[role="hover"] {
  background: $raised; color: $text; border: 1px solid $border; border-radius: 6px; padding: 3px 8px;
}
QFrame[sheet="true"] { background: $window; border: 0; border-right: 1px solid $border; }
QLabel[role="value"] { color: $text; font-family: monospace; }

QFrame[overlay="true"] { background: $surface; border: 1px solid $border; border-radius: 12px; }
QFrame[overlay="true"] QListView { border: 0; }
QSlider:focus { border: 1px solid $accent; border-radius: 6px; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QListView:focus, QTableView:focus, QTreeView:focus, QScrollArea:focus { border: 1px solid $accent; }
QTabBar:focus { border: 1px solid $accent; border-radius: 6px; }

QFrame[kind] { border-radius: 8px; padding: 2px; }
QFrame[kind="error"] { background: $error_soft; border: 1px solid $error; }
QFrame[kind="warning"] { background: $warning_soft; border: 1px solid $warning; }
QFrame[kind="info"] { background: $info_soft; border: 1px solid $info; }
QFrame[kind] QLabel { background: transparent; }
QFrame[kind] QToolButton, QFrame[kind] QPushButton { background: transparent; }
QFrame[kind] QPushButton[primary="true"] { background: $accent; }
QFrame[kind] QPushButton[primary="true"]:hover { background: $accent_hover; }
""")


@lru_cache(maxsize=512)
def mixed(colour: str, base: str, share: float) -> str:
    """``share`` of ``colour`` over ``base``, all ``#rrggbb``."""
    pairs = ((int(colour[i : i + 2], 16), int(base[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(share * c + (1 - share) * b):02x}" for c, b in pairs)


def stylesheet(theme: Theme) -> str:
    """The style sheet of the whole application in this theme."""
    return _SHEET.substitute(
        window=theme.window, surface=theme.surface, raised=theme.raised, border=theme.border,
        text=theme.text, muted=theme.muted, faint=mixed(theme.muted, theme.window, 0.55),
        accent=theme.accent, on_accent=theme.on_accent,
        accent_hover=mixed(theme.accent, theme.text, 0.85),
        accent_soft=mixed(theme.accent, theme.surface, 0.28),
        knob=mixed(theme.surface, "#ffffff", 0.1),
        error=theme.error, error_soft=mixed(theme.error, theme.window, 0.14),
        warning=theme.warning, warning_soft=mixed(theme.warning, theme.window, 0.14),
        info=theme.info, info_soft=mixed(theme.info, theme.window, 0.14),
    )  # fmt: skip
