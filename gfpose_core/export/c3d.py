"""Poses as C3D: every pose a frame, every hypothesis a subject whose points are its joints, by our names.

A clip that came from C3D goes back into its own points where no format is named
(:mod:`gfpose_core.io.mocap.c3d_writer`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gfpose_core.camera import from_camera_axes, to_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.export.base import DEFAULT_FPS, Format, PoseExport
from gfpose_core.export.rig import world_mm
from gfpose_core.io.mocap.c3d_file import BLOCK, DERIVED, MOST_FRAMES, OURS
from gfpose_core.skeleton import H36M17

MOST_LABELS = 6000
"""As many names of joints as there is room for among the parameters."""


def write(poses: PoseExport, path: Path) -> None:
    """In 32-bit floats; the names of all hypotheses but the first have a prefix, "h2:" and so on."""
    placed = from_camera_axes(to_camera_axes(world_mm(poses), "y-up"), "z-up")  # (N, S, 17, 3)
    labels = [f"h{s + 1}:{name}" if s else name for s in range(placed.shape[1]) for name in H36M17.names]
    points = placed.reshape(len(placed), -1, 3)
    path.write_bytes(format_c3d(points, labels, poses.fps or DEFAULT_FPS, poses.derived))


def format_c3d(points: np.ndarray, labels: Sequence[str], fps: float, derived: Sequence[str] = ()) -> bytes:
    """The bytes of a file of ``points`` (T, K, 3) mm, z up, in which all are seen.

    Raises:
        FormatError: more frames or labels than the format has room for.
    """
    T, K = points.shape[:2]
    if T > MOST_FRAMES or K > MOST_LABELS:
        raise FormatError(f"{T:,} frames of {K:,} points are more than C3D has room for: write fewer")
    named = {f"LABELS{i // 255 + 1 if i else ''}": labels[i : i + 255] for i in range(0, K, 255)}
    section, blocks = b"", 0
    for _ in range(2):  # it tells itself how long it is
        groups: dict[str, dict[str, bytes]] = {
            "POINT": {
                "USED": _integer(K),
                "SCALE": _real(-1.0),
                "RATE": _real(fps),
                "DATA_START": _integer(2 + blocks),
                "FRAMES": _integer(T),
                **{name: _text(lines) for name, lines in named.items()},
                "DESCRIPTIONS": _text(()),
                "UNITS": _text(("mm",)),
                "X_SCREEN": _text(("+X",)),
                "Y_SCREEN": _text(("+Z",)),
            },
            "ANALOG": {"USED": _integer(0), "LABELS": _text(())},
            "FORCE_PLATFORM": {"USED": _integer(0)},
            OURS: {DERIVED: _text(derived)},
        }
        items = []
        for group, (name, parameters) in enumerate(groups.items(), 1):
            items.append(_item(-group, name, b""))
            items += [_item(group, inner, body) for inner, body in parameters.items()]
        section = b"".join(items) + bytes(2)
        blocks = -(-(4 + len(section)) // BLOCK)
    header = np.zeros(BLOCK // 2, "<u2")
    header[:6] = 0x5002, K, 0, 1, T, 10
    header[6:8] = np.array([-1.0], "<f4").view("<u2")
    header[8] = 2 + blocks
    header[10:12] = np.array([fps], "<f4").view("<u2")
    rows = np.zeros((T, K, 4), "<f4")
    rows[..., :3] = points
    parts = header.tobytes(), bytes([1, 0x50, blocks, 84]) + section, rows.tobytes()
    return b"".join(part + bytes(-len(part) % BLOCK) for part in parts)


def _item(group: int, name: str, body: bytes) -> bytes:
    """A parameter, or by a negative number a group, without description."""
    head = bytes([len(name), group & 255]) + name.encode()
    return head + (len(body) + 3).to_bytes(2, "little") + body + b"\0"


def _integer(value: int) -> bytes:
    return bytes([2, 0]) + value.to_bytes(2, "little")


def _real(value: float) -> bytes:
    return bytes([4, 0]) + np.float32(value).tobytes()


def _text(lines: Sequence[str]) -> bytes:
    long = max(map(len, lines), default=0)
    return bytes([255, 2, long, len(lines)]) + "".join(line.ljust(long) for line in lines).encode()


C3D = Format(".c3d", "C3D (millimetres, z up)", write, whole_run=False)
