"""Exported poses read as a clip: every pose a frame, every hypothesis a person to choose."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gfpose_core.export.base import read_export
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.capture import UP_OF_AXES, Capture, People
from gfpose_core.skeleton import H36M17


def _open(path: Path) -> Source:
    file = read_export(path)
    placed = file.poses.astype(np.float64) + file.origin[:, None, None]
    return People(
        tuple(
            Capture(
                label="Exported poses",
                names=H36M17.names,
                parents=np.array(H36M17.parents),
                points=placed[:, s],
                seen=np.ones(placed[:, s].shape[:2], bool),
                units="millimetres",
                up=UP_OF_AXES[file.axes],
            )
            for s in range(placed.shape[1])
        )
    )


EXPORTED = Importer(
    "exported poses", (".npz", ".json", ".h5"), lambda path, kind: kind.name == "export", _open
)
