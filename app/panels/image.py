"""The image: a photo or a blank canvas, the joints seen on it, and hypotheses reprojected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.documents.image_edits import root_depth
from app.documents.reprojection import projected
from app.looks.icons import icon
from app.looks.words import LEVEL_WORDS
from app.models import Models
from app.panels.base import Panel, muted
from app.panels.camera_form import CameraForm, summary
from app.panels.evidence import click
from app.panels.image_canvas import ImageCanvas
from app.panels.image_painter import ImageFrame
from app.panels.image_rows import FramesRow, GuideRow, ImageBar
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D

_EMPTY = (
    "Lift a person from a photo: open or drop a picture (PNG, JPEG, WebP …) or keypoints, or draw a pose "
    "on a blank canvas."
)

CAMERA_TIP = "Show the camera's numbers, to change them"


class ImagePanel(Panel):
    """Shows the document's image; every change goes through :class:`app.viewmodels.imaging.Imaging`."""

    key = "image"
    title = "Image"
    area = Qt.DockWidgetArea.RightDockWidgetArea

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        self._imaging = models.imaging
        self.canvas = ImageCanvas()
        self._bar = ImageBar()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty())
        self._stack.addWidget(self._full())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 4, 12, 10)
        outer.addWidget(self._stack)
        self._connect()
        self._refresh()

    def _empty(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        words = muted(_EMPTY, "image-empty")
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(words)
        row = QHBoxLayout()
        row.addStretch(1)
        self._open = QPushButton(icon("open"), "Open a picture…")
        self._open.setObjectName("image-open")
        self._open.setToolTip("Choose a picture or a file of keypoints (Ctrl+I)")
        self._blank = QPushButton("Blank canvas")
        self._blank.setObjectName("image-blank")
        self._blank.setToolTip("Place joints on an empty canvas; Ctrl+Z undoes it (Ctrl+Shift+I)")
        row.addWidget(self._open)
        row.addWidget(self._blank)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addStretch(2)
        return page

    def _full(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._bar)
        layout.addWidget(GuideRow(self.models))
        layout.addWidget(FramesRow(self.models))
        layout.addWidget(self.canvas, 1)
        self._camera_button = QToolButton()
        self._camera_button.setObjectName("image-camera")
        self._camera_button.setCheckable(True)
        self._camera_button.setProperty("chip", True)
        self._camera_button.setArrowType(Qt.ArrowType.RightArrow)
        self._camera_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._camera_button.setToolTip(CAMERA_TIP)
        self._camera_button.setMinimumWidth(120)  # the rest of its words ends in …
        self._form = CameraForm(self.models)
        self._form.hide()
        self._camera_button.toggled.connect(self._open_form)
        layout.addWidget(self._camera_button)
        layout.addWidget(self._form)
        return page

    def _connect(self) -> None:
        models, imaging, canvas = self.models, self._imaging, self.canvas
        canvas.placed.connect(imaging.place_wanted)
        canvas.moved.connect(self._move)
        canvas.clicked.connect(self._clicked)
        canvas.background_clicked.connect(lambda: models.conditioning.select(()))
        canvas.boxed.connect(models.conditioning.select)
        canvas.commanded.connect(lambda name: {"hide": self.hide_selected, "skip": imaging.skip}[name]())
        canvas.menu_asked.connect(self._menu)
        buttons = self._bar.buttons
        buttons["find"].clicked.connect(models.detecting.find)
        buttons["guide"].clicked.connect(imaging.guide)
        buttons["hide"].clicked.connect(self.hide_selected)
        buttons["swap"].clicked.connect(imaging.swap_sides)
        buttons["fit"].clicked.connect(canvas.fit)
        self._open.clicked.connect(imaging.open_asked)
        self._blank.clicked.connect(imaging.show_canvas)
        for signal in (
            models.session.changed, models.conditioning.selection_changed, models.gallery.poses_changed,
            models.gallery.focus_changed, models.playback.state_changed, imaging.changed,
            imaging.pictures.changed, models.detecting.changed,
        ):  # fmt: skip
            signal.connect(lambda *_: self._follow())

    def hide_selected(self) -> None:
        """The selected joints are not to be seen."""
        self._imaging.hide(sorted(self.models.conditioning.selection))

    def _move(self, joints: list[int], to: np.ndarray, drag: int) -> None:
        gesture = f"image-drag-{drag}" if drag >= 0 else f"image-nudge-{joints}"
        self._imaging.place(joints, to, gesture)

    def _clicked(self, joint: int, keys: Qt.KeyboardModifier) -> None:
        if keys & Qt.KeyboardModifier.ControlModifier:
            click(self.models, joint, keys)
        else:
            self.models.conditioning.select([joint])

    def _menu(self, joint: int, at: QPoint) -> None:
        conditioning, level = self.models.conditioning, int(self.models.session.document.known[joint])
        menu = QMenu(self)
        menu.setObjectName("image-menu")
        for other in (FREE, SEEN_2D, FIXED_3D):
            text = "Hide: not to be seen" if other == FREE else LEVEL_WORDS[other].capitalize()
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(other == level)
            action.triggered.connect(
                lambda _=False, other=other: (
                    self._imaging.hide([joint]) if other == FREE else conditioning.set_level([joint], other)
                )
            )
        menu.popup(at)

    def _open_form(self, on: bool) -> None:
        self._form.setVisible(on)
        self._camera_button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._refresh()

    def _follow(self) -> None:
        """Keep up with the models while somebody looks: the timeline moves sixty times a second."""
        if self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        document, imaging = self.models.session.document, self._imaging
        photo = document.photo
        self._stack.setCurrentIndex(int(photo is not None))
        if photo is None:
            return
        self.canvas.show_frame(self.frame(), imaging.wanted)
        self._bar.show_image(photo, document.known, self.models.conditioning.selection, imaging.wanted)
        detecting = self.models.detecting
        self._bar.show_detector(detecting.on, detecting.busy, detecting.why_not())
        told = summary(photo, root_depth(document))
        self._camera_button.setText(f" {told}")
        self._camera_button.setToolTip(f"{told}\n{CAMERA_TIP}")

    def frame(self) -> ImageFrame:
        """What the canvas shows now."""
        document, playback, gallery = self.models.session.document, self.models.playback, self.models.gallery
        photo = document.photo
        if photo is None:
            return ImageFrame()
        pictures = self._imaging.pictures
        picture = pictures.get(photo.picture)
        missing = pictures.is_missing(photo.picture)
        poses, focus, moment = gallery.poses, gallery.focus, playback.moment
        if playback.show == "noisy" and moment is not None:
            poses = moment.states
        seen = projected(document, poses, None if playback.live else playback.recording, playback.pose)
        nothing = ImageFrame()
        seen = nothing.others if seen is None else seen
        in_focus = focus is not None and focus < len(seen)
        own = np.arange(min(gallery.count, len(seen)))  # pinned poses are of other evidence
        return ImageFrame(
            size=photo.camera.size,
            picture=picture.image if picture else None,
            keypoints=nothing.keypoints if document.pose is None else document.keypoints,
            levels=document.known,
            selected=self.models.conditioning.selection,
            focus=seen[focus] if in_focus else nothing.focus,
            others=seen[own[own != focus]],
            confidence=document.confidence,
            missing=f"{Path(photo.picture).name} is missing: open it again" if missing else "",
        )
