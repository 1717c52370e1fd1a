"""Exported poses read as a clip: every pose a frame, every hypothesis a person to choose."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gfpose_core.export.base import read_export
from gfpose_core.io.clips.takes import whole_people
from gfpose_core.io.importing import Importer, Source
from gfpose_core.io.mocap.capture import UP_OF_AXES


def _open(path: Path) -> Source:
    file = read_export(path)
    placed = file.poses.astype(np.float64) + file.origin[:, None, None]
    return whole_people("Exported poses", placed, UP_OF_AXES[file.axes])


EXPORTED = Importer(
    "exported poses", (".npz", ".json", ".h5"), lambda path, kind: kind.name == "export", _open
)
