"""The image: a photo or a blank canvas, the joints seen on it, and hypotheses reprojected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.image_edits import root_depth, shown
from app.models import Models
from app.panels.base import Panel, muted
from app.panels.camera_form import CameraForm, summary
from app.panels.evidence import click
from app.panels.image_canvas import ImageCanvas
from app.panels.image_painter import ImageFrame
from app.panels.sampler import set_quietly
from app.reprojection import projected
from app.theme import theme_of
from app.viewmodels.guide import now, progress, where
from app.words import LEVEL_WORDS
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D
from gfpose_core.skeleton import H36M17

_EMPTY = (
    "Lift a person from a photo: open or drop a picture (PNG, JPEG, WebP …) or keypoints, or draw a pose "
    "on a blank canvas."
)


class ImagePanel(Panel):
    """Shows the document's image; every change goes through :class:`app.viewmodels.imaging.Imaging`."""

    key = "image"
    title = "Image"
    area = Qt.DockWidgetArea.RightDockWidgetArea

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        self._imaging = models.imaging
        self.canvas = ImageCanvas()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty())
        self._stack.addWidget(self._full())
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 4, 12, 10)
        outer.addWidget(self._stack)
        self.setMinimumWidth(296)
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
        self._open.setToolTip("Choose a picture or a file of keypoints (Ctrl+Shift+I)")
        self._blank = QPushButton("Blank canvas")
        self._blank.setObjectName("image-blank")
        self._blank.setToolTip("Draw on an empty canvas, which shows what the virtual camera sees")
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
        layout.addLayout(self._bar())
        layout.addWidget(self._guide_row())
        layout.addWidget(self._frames_row())
        layout.addWidget(self.canvas, 1)
        self._camera_button = QToolButton()
        self._camera_button.setObjectName("image-camera")
        self._camera_button.setCheckable(True)
        self._camera_button.setProperty("chip", True)
        self._camera_button.setArrowType(Qt.ArrowType.RightArrow)
        self._camera_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._camera_button.setToolTip("Show the camera's numbers, to change them")
        self._form = CameraForm(self.models)
        self._form.hide()
        self._camera_button.toggled.connect(self._open_form)
        layout.addWidget(self._camera_button)
        layout.addWidget(self._form)
        return page

    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setSpacing(4)
        self._name = QLabel()
        self._name.setObjectName("image-name")
        bar.addWidget(self._name, 1)
        buttons = (
            ("guide", "Place", "Place joint after joint", True),
            (
                "hide",
                "Hide",
                "Hide the selected joints: they are not to be seen (Delete on the image)",
                False,
            ),
            ("swap", "L ↔ R", "Swap left and right where they were mixed up", False),
            ("fit", "Fit", "Show the whole image (0 on the image)", False),
        )
        self._buttons = {}
        for name, text, tip, checkable in buttons:
            button = QPushButton(text)
            button.setObjectName(f"image-{name}")
            button.setToolTip(tip)
            button.setCheckable(checkable)
            button.setAccessibleName(tip)
            bar.addWidget(button)
            self._buttons[name] = button
        return bar

    def _guide_row(self) -> QWidget:
        self._guide = QWidget()
        row = QHBoxLayout(self._guide)
        row.setContentsMargins(0, 0, 0, 0)
        self._asks = QLabel()
        self._asks.setObjectName("image-asks")
        self._asks.setTextFormat(Qt.TextFormat.RichText)
        self._asks.setWordWrap(True)
        self._skip = QPushButton("Skip")
        self._skip.setObjectName("image-skip")
        self._skip.setToolTip("It is not to be seen: ask for the next joint (S on the image)")
        row.addWidget(self._asks, 1)
        row.addWidget(self._skip)
        return self._guide

    def _frames_row(self) -> QWidget:
        self._frames = QWidget()
        row = QHBoxLayout(self._frames)
        row.setContentsMargins(0, 0, 0, 0)
        self._frame_name = muted("", "image-frame-name")
        self._frame = QSpinBox()
        self._frame.setObjectName("image-frame")
        self._frame.setToolTip("Which of the file's frames is the evidence")
        self._frame.setAccessibleName("Frame of the keypoints")
        self._frame.setKeyboardTracking(False)
        row.addWidget(self._frame_name, 1)
        row.addWidget(self._frame)
        return self._frames

    def _connect(self) -> None:
        models, imaging, canvas = self.models, self._imaging, self.canvas
        canvas.placed.connect(imaging.place_wanted)
        canvas.moved.connect(self._move)
        canvas.clicked.connect(self._clicked)
        canvas.background_clicked.connect(lambda: models.conditioning.select(()))
        canvas.boxed.connect(models.conditioning.select)
        canvas.commanded.connect(lambda name: {"hide": self.hide_selected, "skip": imaging.skip}[name]())
        canvas.menu_asked.connect(self._menu)
        self._buttons["guide"].clicked.connect(imaging.guide)
        self._buttons["hide"].clicked.connect(self.hide_selected)
        self._buttons["swap"].clicked.connect(imaging.swap_sides)
        self._buttons["fit"].clicked.connect(canvas.fit)
        self._skip.clicked.connect(imaging.skip)
        self._open.clicked.connect(imaging.open_asked)
        self._blank.clicked.connect(imaging.show_canvas)
        self._frame.valueChanged.connect(lambda number: imaging.choose_frame(number - 1))
        for signal in (
            models.session.changed, models.conditioning.selection_changed, models.gallery.poses_changed,
            models.gallery.focus_changed, models.playback.state_changed, imaging.changed,
            imaging.pictures.changed,
        ):  # fmt: skip
            signal.connect(lambda *_: self._refresh())

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
        conditioning, level = self.models.conditioning, int(shown(self.models.session.document)[joint])
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

    def _refresh(self) -> None:
        document, imaging = self.models.session.document, self._imaging
        photo = document.photo
        self._stack.setCurrentIndex(int(photo is not None))
        self.canvas.show_frame(self.frame(), imaging.wanted)
        if photo is None:
            return
        levels = shown(document)
        self._name.setText(Path(photo.picture).name if photo.picture else "Blank canvas")
        self._name.setToolTip(photo.picture or "")
        wanted = imaging.wanted
        self._guide.setVisible(wanted is not None)
        self._buttons["guide"].setChecked(wanted is not None)
        self._buttons["guide"].setEnabled(not document.denoising and bool((levels == FREE).any()))
        self._buttons["hide"].setEnabled(any(levels[j] > FREE for j in self.models.conditioning.selection))
        self._buttons["swap"].setEnabled(bool(levels.any()))
        if wanted is not None:
            colour = theme_of(self.palette()).scene.side(H36M17.sides[wanted])
            self._asks.setText(
                f'<b><span style="color:{colour}">●</span> {now(wanted)}</b> &nbsp;({progress(levels)})'
                f"<br>{where(wanted)}"
            )
        self._frames.setVisible(len(imaging.frames) > 1)
        if len(imaging.frames) > 1:
            self._frame.blockSignals(True)
            self._frame.setRange(1, len(imaging.frames))
            self._frame.blockSignals(False)
            set_quietly(self._frame, imaging.frame + 1)
            self._frame.setSuffix(f" of {len(imaging.frames)}")
            self._frame_name.setText(imaging.frames[imaging.frame].name.capitalize())
        self._camera_button.setText(" " + summary(photo, root_depth(document)))

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
        return ImageFrame(
            size=photo.camera.size,
            picture=picture.image if picture else None,
            keypoints=nothing.keypoints if document.pose is None else document.keypoints,
            levels=shown(document),
            selected=self.models.conditioning.selection,
            focus=seen[focus] if in_focus else nothing.focus,
            others=np.delete(seen, focus, axis=0) if in_focus else seen,
            confidence=document.confidence,
            missing=f"{Path(photo.picture).name} is missing: open it again" if missing else "",
        )
