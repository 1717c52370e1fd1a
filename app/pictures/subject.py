"""What pictures are taken of: the session at one moment, as values that another thread may read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from PySide6.QtGui import QImage

from app.documents.request import Moment
from app.models import Models
from app.scene.content import Content
from app.scene.frame import StageFrame
from app.scene.stage import Stage
from app.scene.view import OrbitCamera
from app.scene.world import Floor
from app.shot import Shot
from app.stage_view import StageView


@dataclass(frozen=True, eq=False)
class Cell:
    """A hypothesis on a sheet: its pose (17,3) mm, its name, and what the list is sorted by, in words."""

    pose: np.ndarray
    label: str
    value: str


@dataclass(frozen=True, eq=False)
class Subject:
    """``now`` is the frame the stage shows, of ``moment``; ``cells`` the hypotheses as they are listed;
    ``screen`` what the screen shows of it, where that is wanted; ``other`` what it is compared with, if two
    are shown. A picture does not tell what a person has selected."""

    shot: Shot
    now: StageFrame
    moment: Moment | None
    cells: tuple[Cell, ...]
    camera: OrbitCamera
    floor: float  # m
    scheme: str
    screen: QImage | None = None
    other: Subject | None = None

    @classmethod
    def of(
        cls, models: Models, stage: Stage, view: StageView, scheme: str, screen: QImage | None = None
    ) -> Subject:
        """The session, and the stage as it is looked at."""
        gallery, ranking = models.gallery, models.ranking
        cells = tuple(
            Cell(gallery.pose(row), gallery.label(row), ranking.caption(row)) for row in gallery.rows
        )
        one = cls(
            shot=replace(view.shot(), selected=frozenset()),
            now=replace(view.frame(), selected=frozenset()),
            moment=models.playback.moment,
            cells=cells,
            camera=stage.camera,
            floor=stage.floor_height,
            scheme=scheme,
            screen=screen,
        )
        return replace(one, other=one._compared(models)) if models.compare.on else one

    def _compared(self, models: Models) -> Subject:
        compare, shot, floor = models.compare, self.shot.of_other(models), Floor()
        now = shot.frame(compare.moment, compare.position)
        floor.aim(Content.of(now).body())
        return replace(self, shot=shot, now=now, moment=compare.moment, cells=(), floor=floor.height)
