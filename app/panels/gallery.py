"""The hypotheses of a run, listed, and the figures that sum them up."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, QTimer
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.commands import Replace
from app.follower import CALM_MS, Follower
from app.looks.icons import icon
from app.looks.words import capital
from app.models import Models
from app.panels.arranging import ArrangeBar
from app.panels.base import Panel, muted
from app.panels.comparison import Comparison
from app.panels.hypotheses import INDEX, HypothesisList, HypothesisModel
from app.panels.thumbnails import Thumbnails
from app.scene.view import HOME, PRESETS, OrbitCamera
from app.viewmodels.layers import LAYERS
from app.viewmodels.notices import Notice
from app.viewmodels.numbers import numbers
from gfpose_core.condition import FREE

REDRAW_MS = 120


class GalleryPanel(Panel):
    """The hypotheses and the figures that sum them up."""

    key = "gallery"
    title = "Hypotheses"
    area = Qt.DockWidgetArea.RightDockWidgetArea

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        gallery = models.gallery
        self._camera = PRESETS[HOME]
        self._model = HypothesisModel(gallery, models.ranking)
        self.list = HypothesisList(self._model)
        self._thumbnails = Thumbnails(gallery, models.ranking, lambda: self._camera, self.list)
        self.list.setItemDelegate(self._thumbnails)
        self.list.picked.connect(self._pick)
        self.list.doubleClicked.connect(self._use)
        self._pin = QPushButton(icon("pin"), "")
        self._pin.setObjectName("gallery-pin")
        self._pin.setToolTip("Keep the hypothesis in focus for comparison, or let it go (P)")
        self._pin.clicked.connect(self.pin_focused)
        self._use_button = QPushButton("Use as evidence")
        self._use_button.setObjectName("gallery-use")
        self._use_button.setToolTip("Make the hypothesis in focus the evidence (U, or double-click)")
        self._use_button.clicked.connect(self.use_focused)
        self._numbers = QLabel()
        self._numbers.setObjectName("numbers")
        self._numbers.setToolTip(
            "MPJPE: mean distance of the joints to those of the reference pose (G shows it).\n"
            "Diversity: mean MPJPE between two hypotheses."
        )
        self._numbers.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

        self._summary = muted("", "gallery-summary")
        self._summary.setWordWrap(True)
        self._compare = QPushButton("Compare")
        self._compare.setObjectName("gallery-compare")
        self._compare.setToolTip(f"{LAYERS['compare'].tip} (H)")
        self._compare.setCheckable(True)
        self._compare.toggled.connect(lambda on: models.layers.set("compare", on))
        models.layers.changed.connect(self._show_layers)
        bottom = QHBoxLayout()
        bottom.addWidget(self._use_button, 1)
        bottom.addWidget(self._compare)
        bottom.addWidget(self._pin)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(ArrangeBar(models.ranking))
        layout.addWidget(self.list, 1)
        layout.addWidget(self._summary)
        layout.addWidget(Comparison(models))
        self._figures = QWidget()
        figures = QVBoxLayout(self._figures)
        figures.setContentsMargins(0, 0, 0, 0)
        figures.addWidget(muted("Spread and errors"))
        figures.addWidget(self._numbers)
        layout.addWidget(self._figures)
        layout.addLayout(bottom)

        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.list.viewport().update)
        for signal in (gallery.poses_changed, gallery.rows_changed):
            signal.connect(self._redraw_soon)
        gallery.focus_changed.connect(self._focus_moved)
        Follower(self, models.session, self._refresh, gallery.rows_changed, models.session.changed)
        gallery.selection_changed.connect(self.list.viewport().update)
        models.ranking.changed.connect(self._say)
        self._refresh()

    def look_from(self, camera: OrbitCamera) -> None:
        """Draw the thumbnails as the stage is looked at."""
        self._camera = camera
        self._thumbnails.pictures.forget()
        self._redraw_soon()

    def pin_focused(self) -> None:
        """Keep the pose in focus for comparison, or let it go, as an undoable step."""
        gallery = self.models.gallery
        if (focus := gallery.focus) is None:
            return
        what = gallery.label(focus)
        text = f"Let go of {what}" if gallery.is_pinned(focus) else f"Pin hypothesis {what}"
        before = gallery.pinned
        gallery.pin(focus)
        if gallery.pinned != before:
            self.models.session.undo_stack.push(Replace(text, gallery.set_pinned, before, gallery.pinned))
        else:
            self.models.notices.add(Notice("info", f"{capital(gallery.title(focus))} is pinned already"))

    def use_focused(self) -> None:
        gallery = self.models.gallery
        if gallery.focused_pose is not None:
            what = capital(gallery.title(gallery.focus))
            text = f"Use hypothesis {gallery.label(gallery.focus)} as evidence"
            self.models.conditioning.use_pose(gallery.focused_pose, text)
            some_free = (self.models.session.document.levels == FREE).any()
            advice = "Free joints stay free: select them and press 3 to fix them too." if some_free else ""
            self.models.notices.add(Notice("info", f"{what} is the evidence now", advice))

    def _pick(self, index: QModelIndex, modifiers: Qt.KeyboardModifier) -> None:
        """Focus a hypothesis; with Ctrl, pick it out beside others."""
        gallery, which = self.models.gallery, index.data(INDEX)
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            gallery.toggle_selected(which)
        else:
            gallery.clear_selection()
            gallery.set_focus(which)

    def _use(self, index: QModelIndex) -> None:
        self.models.gallery.set_focus(index.data(INDEX))
        self.use_focused()

    def _redraw_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start(CALM_MS if self.models.session.in_gesture else REDRAW_MS)

    def _focus_moved(self) -> None:
        row = self._model.row_of(self.models.gallery.focus)
        if row >= 0:
            self.list.scrollTo(self._model.index(row))
        self.list.viewport().update()

    def _show_layers(self) -> None:
        on = "compare" in self.models.layers.on
        self._compare.setChecked(on)
        self._figures.setHidden(on)  # the table says it pose by pose, and the list needs the room

    def _say(self) -> None:
        """What the ranking has to say changed."""
        self._summary.setText(self.models.ranking.summary)
        self._summary.setVisible(bool(self.models.ranking.summary))
        self._redraw_soon()

    def _refresh(self) -> None:
        gallery, document = self.models.gallery, self.models.session.document
        has = bool(gallery.rows)
        self._pin.setEnabled(has)
        self._use_button.setEnabled(has)
        if self.models.playback.live:
            return
        figures = numbers(document, gallery.results)
        rows = (f"<tr><td>{label}</td><td align=right><b>{value}</b></td></tr>" for label, value in figures)
        self._numbers.setText(f"<table width=100%>{''.join(rows)}</table>" if figures else "–")
