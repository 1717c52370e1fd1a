"""The sheet beside the stage that shows how a file was understood, before anything comes of it."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.documents.clips import Figures
from app.looks.elided import ElidedLabel
from app.looks.own_keys import OwnKeys, is_escape
from app.looks.plain import plain_label
from app.looks.words import capital
from app.panels.base import muted, scrolling
from app.panels.clip_preview import ClipPreview
from app.panels.correction_form import CorrectionForm
from app.viewmodels.importing import Importing
from gfpose_core.io.clip import KeypointClip
from gfpose_core.io.importing import Imported
from gfpose_core.skeleton import H36M17

WIDTH, LEAST_WIDTH = 392, 300
STAGE_WIDTH = 240
"""px that the stage has beside the sheet; with less it makes room for it."""

MOST_NAMES = 9
"""Joints that are named one by one; of more their number is told."""


class ImportSheet(QFrame):
    """Return imports, Escape leaves the file out."""

    def __init__(self, importing: Importing, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import-sheet")
        self.setProperty("sheet", True)
        self.setMinimumWidth(LEAST_WIDTH)
        self.setMaximumWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        OwnKeys(self, is_escape)  # not to stop sampling
        self._importing = importing
        self._source: object = None
        self._found: object = None
        self._title = ElidedLabel()
        self._title.setObjectName("import-title")
        self._title.setProperty("role", "title")
        self._queue = muted("", "import-queue")
        self._preview = ClipPreview()
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("import-frame")
        self._slider.setAccessibleName("Frame of the preview")
        self._slider.setToolTip("Drag to look at other frames")
        self._slider.valueChanged.connect(self._preview.show_frame)
        self._facts = QFormLayout()
        self._facts.setHorizontalSpacing(12)
        self._facts.setVerticalSpacing(3)
        self._facts.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self._notes = plain_label(name="import-notes")
        self._notes.setWordWrap(True)
        self._recalled = muted("Corrected as the last file of this kind was", "import-recalled")
        self._recalled.setWordWrap(True)
        self._refusal = plain_label(name="import-refusal")
        self._refusal.setProperty("role", "error")
        self._refusal.setWordWrap(True)
        self._form = CorrectionForm(importing.correct)
        self._cancel = QPushButton("Cancel")
        self._cancel.setObjectName("import-cancel")
        self._cancel.setToolTip("Leave the file as it is, and everything else too")
        self._cancel.clicked.connect(importing.skip)
        self._apply = QPushButton("Import")
        self._apply.setObjectName("import-apply")
        self._apply.setProperty("primary", True)
        self._apply.setToolTip("Make it the clip that is worked on (Return)")
        self._apply.clicked.connect(importing.apply)

        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(14, 4, 14, 8)
        column.setSpacing(8)
        column.addWidget(self._preview)
        column.addWidget(self._slider)
        column.addLayout(self._facts)
        column.addWidget(self._notes)
        column.addWidget(_heading("Correct"))
        column.addWidget(self._recalled)
        column.addWidget(self._form)
        column.addStretch(1)
        scroll = scrolling(content)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(14, 6, 14, 12)
        buttons.setSpacing(8)
        buttons.addWidget(self._queue)
        buttons.addStretch(1)
        buttons.addWidget(self._cancel)
        buttons.addWidget(self._apply)
        head = QVBoxLayout()
        head.setContentsMargins(14, 12, 14, 4)
        head.addWidget(self._title)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(scroll, 1)
        below = QVBoxLayout()
        below.setContentsMargins(14, 0, 14, 0)
        below.addWidget(self._refusal)
        layout.addLayout(below)
        layout.addLayout(buttons)
        importing.changed.connect(self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, 600)

    def _refresh(self) -> None:
        importing, offer = self._importing, self._importing.offer
        self.setVisible(offer is not None)
        if offer is None:
            self._source = self._found = None
            return
        new = offer.source is not self._source
        if offer.found is not self._found:
            self._show_clip(new)
        self._source, self._found = offer.source, offer.found
        self._title.setText(f"Import {offer.path.name}")
        self._queue.setText(f"{importing.waiting} more to come" if importing.waiting else "")
        self._cancel.setText("Skip" if importing.waiting else "Cancel")
        self._cancel.setToolTip(
            "Leave this file out, and go on to the next (Esc)" if importing.waiting else "Leave it (Esc)"
        )
        self._recalled.setVisible(offer.recalled)
        self._refusal.setText(importing.refusal)
        self._refusal.setVisible(bool(importing.refusal))
        self._apply.setEnabled(not importing.busy and not importing.refusal)
        self._form.show_offer(offer, importing.corrections)
        if new:
            self.setFocus()

    def _show_clip(self, new: bool) -> None:
        clip, detected = self._importing.offer.found.clip, self._importing.offer.found.detected
        with QSignalBlocker(self._slider):
            self._slider.setRange(0, len(clip) - 1)
            if new:
                self._slider.setValue(Figures.of(clip).best)
        self._slider.setVisible(len(clip) > 1)
        self._preview.show_clip(clip)
        self._preview.show_frame(self._slider.value())
        while self._facts.rowCount():
            self._facts.removeRow(0)
        for name, words in facts(self._importing.offer.found):
            value = plain_label(words, f"import-fact-{name.lower().replace(' ', '-')}")
            value.setWordWrap(True)
            self._facts.addRow(muted(name), value)
        self._notes.setText("\n".join(f"⚠ {capital(note)}." for note in detected.notes))
        self._notes.setVisible(bool(detected.notes))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._importing.apply()
        elif is_escape(event):
            self._importing.skip()
        else:
            super().keyPressEvent(event)


class BesideStage(QWidget):
    """The sheet beside the stage while it asks; where there is no room for both, in its place."""

    def __init__(self, sheet: ImportSheet, stage: QWidget) -> None:
        super().__init__()
        self._sheet, self._stage = sheet, stage
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(sheet, 1)
        row.addWidget(stage, 1000)
        sheet.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:
        needed, sheet = self._stage.minimumSizeHint(), self._sheet
        if sheet.isHidden():
            return needed
        return needed.expandedTo(sheet.minimumSizeHint()).expandedTo(sheet.minimumSize())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._make_room()
            self.updateGeometry()
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        self._stage.setVisible(self._sheet.isHidden() or self.width() >= WIDTH + STAGE_WIDTH)


def facts(found: Imported) -> list[tuple[str, str]]:
    """What was detected, in pairs of a name and words; what a format does not have is left out."""
    detected, clip = found.detected, found.clip
    rate = "no frame rate" if detected.fps is None else f"{detected.fps:g} a second"
    known = clip.visible if isinstance(clip, KeypointClip) else clip.observed
    missing = tuple(name for name, seen in zip(H36M17.names, known.any(axis=0)) if not seen)
    plain = H36M17.n_joints - len(missing) - len(set(detected.derived) - set(missing))
    axes = [detected.up and f"{detected.up} up", detected.facing and f"facing {detected.facing}"]
    told = [
        ("Format", detected.format),
        ("Frames", f"{detected.frames:,}, {rate}"),
        ("Joints", f"{plain} of {H36M17.n_joints} as the file has them"),
        ("Stand-ins", _listed(detected.derived)),
        ("Missing", f"{_listed(missing)}: free" if missing else ""),
        ("Lengths" if detected.mm_per_unit else "Places", detected.units),
        ("Axes", ", ".join(filter(None, axes))),
        ("Left, right", detected.sides),
        *(_camera(clip) if isinstance(clip, KeypointClip) else ()),
        ("People", f"{detected.people} to choose from" if detected.people > 1 else ""),
        ("Clips", f"{len(detected.takes):,} to choose from" if len(detected.takes) > 1 else ""),
    ]
    return [(name, words) for name, words in told if words]


def _camera(clip: KeypointClip) -> Iterator[tuple[str, str]]:
    longer = "of its image" if clip.image_size else "that keypoints reach"
    yield "Camera", f"not told: f = 1.2 x the longer side {longer}" if clip.camera_K is None else "as told"
    yield "Distance", "from human bone lengths" if clip.root_depth is None else "as told"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} joints"


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "title")
    return label
