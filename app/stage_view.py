"""Joins the stage to the models: builds its frames, passes on its gestures."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Qt

from app.models import Models
from app.moments import trail
from app.panels.evidence import click
from app.scene.frame import StageFrame
from app.scene.stage import Stage
from app.score import ScoreSpace

SAME_MM = 5.0
"""At a lower noise level x(t) is the pose itself, and is not drawn over it."""


class StageView(QObject):
    """Keeps the stage showing the document and the moment of the playback."""

    def __init__(self, stage: Stage, models: Models, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage, self._models = stage, models
        self._show_reference = False
        self._dragged = 0
        stage.joint_clicked.connect(self._clicked)
        stage.joints_boxed.connect(models.conditioning.select)
        stage.background_clicked.connect(lambda: models.conditioning.select(()))
        stage.joint_drag_started.connect(self._drag_started)
        stage.joint_dragged.connect(self._drag)
        for signal in (
            models.session.changed, models.conditioning.selection_changed, models.gallery.poses_changed,
            models.gallery.focus_changed, models.playback.state_changed, models.layers.changed,
        ):  # fmt: skip
            signal.connect(self._refresh)
        self._refresh()

    def set_show_reference(self, show: bool) -> None:
        """Draw the reference pose, in green."""
        self._show_reference = show
        self._refresh()

    def _clicked(self, joint: int, modifiers: Qt.KeyboardModifier) -> None:
        click(self._models, joint, modifiers)

    def _drag_started(self, joint: int) -> None:
        self._dragged += 1

    def _drag(self, joint: int, to: np.ndarray) -> None:
        self._models.conditioning.move_joint(joint, to, f"drag-{self._dragged}")

    def _refresh(self) -> None:
        self._stage.show_frame(self.frame())

    def frame(self) -> StageFrame:
        """The stage's content now."""
        models, document = self._models, self._models.session.document
        playback, gallery = models.playback, models.gallery
        poses, noisy, moment = gallery.poses, None, playback.moment
        if (
            moment is not None
            and playback.show != "clean"
            and (moment.noise_level > SAME_MM or playback.show == "noisy")
        ):
            noisy = moment.states
        if playback.show == "noisy" and moment is not None:
            poses = poses[:0]
        told = document.denoising and document.noise.kind != "own"
        reference = document.pose if told or self._show_reference else None
        return StageFrame(
            poses=poses,
            noisy=noisy,
            levels=np.zeros_like(document.levels) if document.denoising else document.levels,
            evidence=document.pose,
            focus=self._focus(max(len(poses), 0 if noisy is None else len(noisy))),
            selected=models.conditioning.selection,
            ground_truth=reference,
            score=self._score(),
            trail=self._trail(),
        )

    def _focus(self, count: int) -> int | None:
        focus = self._models.gallery.focus
        return focus if focus is not None and focus < count else None

    def _followed(self, layer: str) -> int | None:
        """The hypothesis in focus, where the layer is on and there is a recorded run of it."""
        playback, focus = self._models.playback, self._models.gallery.focus
        followed = layer in self._models.layers.on and playback.last > 0
        if not followed or focus is None or playback.moment is None:
            return None
        hypotheses = min(playback.recording.hypotheses, len(playback.moment.states))  # one may be newer
        return focus if focus < hypotheses else None

    def _score(self) -> np.ndarray | None:  # (17,3) 1/mm
        playback, which = self._models.playback, self._followed("arrows")
        if which is None:
            return None
        moment = playback.moment
        space = ScoreSpace.of(playback.recording, playback.pose)
        return space.score(moment.states[which], moment.clean[which], moment.noise_level)

    def _trail(self) -> np.ndarray | None:  # (K,17,3) mm
        playback, which = self._models.playback, self._followed("trails")
        if which is None:
            return None
        noisy = playback.show == "noisy"
        return trail(playback.recording, playback.position, playback.pose, which, noisy)
