"""Refine poses with ZeDO: what was sampled, or kept, against the keypoints of the image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject

from app.documents.optimising import ZEDO, why_not_optimise
from app.session import Session
from app.viewmodels.gallery import Gallery
from app.viewmodels.playback import Playback
from app.viewmodels.sampling import Sampling


class Refining(QObject):
    """Makes the document start ZeDO from poses of the gallery instead of typical ones (its section 4)."""

    def __init__(
        self,
        session: Session,
        sampling: Sampling,
        playback: Playback,
        gallery: Gallery,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._sampling = session, sampling
        self._playback, self._gallery = playback, gallery

    def why_not(self) -> str | None:
        """Why there is nothing to refine, in a clause; None where there is."""
        if self._gallery.focused_pose is None:
            return "nothing has been sampled yet"
        if self._playback.live:
            return "wait for the run to end"
        return why_not_optimise(self._session.document)

    def refine_one(self) -> None:
        """Start from the pose in focus, which may be a pinned one."""
        gallery = self._gallery
        self._refine(f"Refine hypothesis {gallery.label(gallery.focus)}", gallery.focused_pose[None])

    def refine_all(self) -> None:
        """Start every hypothesis from its own result."""
        results = self._gallery.results
        self._refine(f"Refine {len(results)} hypotheses", results)

    def leave(self) -> None:
        """Start from typical poses again."""
        document = self._session.document
        if document.to_refine is not None:
            self._session.apply("Start from typical poses", replace(document, to_refine=None))

    def _refine(self, text: str, poses: np.ndarray) -> None:  # (S, 17, 3) mm
        document = self._session.document
        document = document if document.optimises else document.with_sampler(ZEDO)
        self._session.apply(text, replace(document, to_refine=poses))
        self._sampling.sample()
