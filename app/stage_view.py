"""Joins the stage to the models: builds its frames, passes on its gestures."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Qt

from app.models import Models
from app.panels.evidence import click
from app.scene.frame import StageFrame
from app.scene.stage import Stage
from app.shot import Shot


class StageView(QObject):
    """Keeps the stage showing the document and the moment of the playback."""

    def __init__(self, stage: Stage, models: Models, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage, self._models = stage, models
        self._show_reference = False
        self._drags = 0
        stage.joint_clicked.connect(self._clicked)
        stage.joints_boxed.connect(models.conditioning.select)
        stage.background_clicked.connect(lambda: models.conditioning.select(()))
        stage.drag_started.connect(self._drag_started)
        stage.dragged.connect(self._drag)
        stage.drag_finished.connect(self._drag_finished)
        for signal in (
            models.session.changed, models.conditioning.selection_changed, models.gallery.poses_changed,
            models.gallery.focus_changed, models.gallery.selection_changed,
            models.playback.state_changed, models.layers.changed,
            models.clips.changed, models.clips.frame_changed,
        ):  # fmt: skip
            signal.connect(self._refresh)
        self._refresh()

    def set_show_reference(self, show: bool) -> None:
        """Draw the reference pose, in green."""
        self._show_reference = show
        self._refresh()

    def _clicked(self, joint: int, modifiers: Qt.KeyboardModifier) -> None:
        click(self._models, joint, modifiers)

    def _drag_started(self, joints: tuple[int, ...]) -> None:
        self._drags += 1

    def _drag(self, joints: tuple[int, ...], to: np.ndarray) -> None:
        self._models.conditioning.move_joints(joints, to, f"drag-{self._drags}")

    def _drag_finished(self, joints: tuple[int, ...]) -> None:
        self._models.conditioning.finish_drag(joints, f"drag-{self._drags}")

    def _refresh(self) -> None:
        clip = self._models.clips.stage_frame()
        self._stage.editable = clip is None  # its joints are no evidence
        self._stage.show_frame(self.frame() if clip is None else clip)

    def shot(self) -> Shot:
        """All that is shown, apart from the moment."""
        return Shot.of(self._models, self._show_reference)

    def frame(self) -> StageFrame:
        """The stage's content now: a clip that is played, or the document and its results."""
        if (clip := self._models.clips.stage_frame()) is not None:
            return clip
        playback = self._models.playback
        return self.shot().frame(playback.moment, playback.position)
