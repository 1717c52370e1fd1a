"""Things to test with: small, human where it matters, made from a random generator."""

from pathlib import Path

import numpy as np

from gfpose_core.condition import FIXED_3D, Condition
from gfpose_core.pose import HUMAN_BONES_MM
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording, Trajectory

_DOWN, _UP, _LEFT, _RIGHT, _AHEAD = (0, -1, 0), (0, 1, 0), (1, 0, 0), (-1, 0, 0), (0, -0.9, 0.4)
_DIRECTIONS = (
    _RIGHT, _AHEAD, _DOWN, _LEFT, _AHEAD, _DOWN, _UP, _UP, _UP, _UP,
    _LEFT, _DOWN, _AHEAD, _RIGHT, _DOWN, _AHEAD,
)  # fmt: skip


def people(rng: np.random.Generator, n: int = 4, wobble: float = 0.1) -> np.ndarray:  # -> (n, 17, 3) mm
    """Standing people with bent knees, y up, facing +z, bones of human length."""
    directions = np.array(_DIRECTIONS, float) + rng.normal(0, wobble, (n, 16, 3))
    directions *= (HUMAN_BONES_MM / np.linalg.norm(directions, axis=-1))[..., None]
    poses = np.zeros((n, 17, 3))
    for bone, (parent, child) in enumerate(H36M17.bones):
        poses[:, child] = poses[:, parent] + directions[:, bone]
    return poses + [0, 950, 0]


def a_recording(rng: np.random.Generator, n: int = 2, s: int = 3, moments: int = 4, **changes) -> Recording:
    """A finished run on ``n`` poses fixed in 3D but for some joints."""
    shape = (n, s, 17, 3)
    levels = FIXED_3D * (rng.random((n, 17)) < 0.5)
    points = people(rng, n) * [1, -1, -1] + [100, 900, 4000]

    def draw(*leading: int) -> np.ndarray:
        return rng.normal(0, 300, (*leading, *shape)).astype(np.float32)

    values = {
        "poses": draw(),
        "trajectory": Trajectory(
            np.linspace(1, 1e-3, moments), np.geomspace(5000, 1, moments), draw(moments), draw(moments)
        ),
        "condition": Condition.from_camera(points, levels),
        "seed": 2**40 + 5,
        "checkpoint": "default",
        "checkpoint_sha256": "ab" * 32,
        "sampler": "euler-maruyama",
        "options": {"steps": moments, "eps": 1e-3, "evidence": "both"},
    }
    return Recording(**values | changes)


def tiny_checkpoint(folder: Path) -> Path:
    """A file with a small untrained prior."""
    import torch  # not for the tests of the window, which share this module

    from gfpose_core.io.checkpoints import write_checkpoint
    from gfpose_core.networks.denoiser import Denoiser, DenoiserConfig
    from gfpose_core.networks.score_mlp import ScoreMLPConfig

    torch.manual_seed(0)
    denoiser = Denoiser(DenoiserConfig(ScoreMLPConfig(hidden=64, embed=32)))
    denoiser.network.post_dense.weight.data *= 0.005  # a mild network, as a trained one is
    path = folder / "tiny.safetensors"
    write_checkpoint(path, denoiser.config, denoiser.network.state_dict(), {})
    return path


def a_bvh(path: Path, poses: np.ndarray) -> Path:
    """``poses`` (T, 17, 3) as BVH with MotionBuilder's names: every joint is placed by position channels, so
    nothing is solved for."""
    names = {
        0: "Hips", 1: "RightUpLeg", 2: "RightLeg", 3: "RightFoot", 4: "LeftUpLeg", 5: "LeftLeg",
        6: "LeftFoot", 7: "Spine", 8: "Neck", 9: "Head", 11: "LeftArm", 12: "LeftForeArm", 13: "LeftHand",
        14: "RightArm", 15: "RightForeArm", 16: "RightHand",
    }  # fmt: skip
    lines, order = ["HIERARCHY"], []

    def write(joint: int) -> None:
        parent = H36M17.parents[joint]
        offset = poses[0, joint] - (poses[0, parent] if parent >= 0 else 0)
        order.append(joint)
        lines.append(f"{'ROOT' if parent < 0 else 'JOINT'} {names[joint]}\n{{")
        lines.append("OFFSET " + " ".join(f"{x:.6f}" for x in offset))
        lines.append("CHANNELS 3 Xposition Yposition Zposition")
        for child, above in enumerate(H36M17.parents):
            if above == joint and child in names:
                write(child)
        lines.append("}")

    write(0)
    lines += ["MOTION", f"Frames: {len(poses)}", "Frame Time: 0.02"]
    for pose in poses:
        moved = [pose[j] - (pose[H36M17.parents[j]] if j else 0) for j in order]
        lines.append(" ".join(f"{x:.6f}" for x in np.concatenate(moved)))
    path.write_text("\n".join(lines) + "\n")
    return path


def a_c3d(path: Path, poses: np.ndarray, labels: dict[str, int] | None = None) -> Path:
    """``poses`` (T, 17, 3) mm as C3D in 32-bit floats, by joint centres' names."""
    centres = {"HJC": "Hip", "KJC": "Knee", "AJC": "Ankle", "SJC": "Shoulder", "EJC": "Elbow", "WJC": "Wrist"}
    ours = {s + c: H36M17.names.index(s + j) for s in "LR" for c, j in centres.items()}
    return write_c3d(path, poses[:, list((labels or ours).values())], tuple(labels or ours))


def write_c3d(
    path: Path,
    points: np.ndarray,
    labels: tuple[str, ...],
    rate: float = 100.0,
    scale: float = -1.0,
    analogue: np.ndarray | None = None,
    first: int = 1,
) -> Path:
    """``points`` (T, K, 3) mm, NaN where not seen, and ``analogue`` (T, A), by the format's user guide; a
    positive ``scale`` is that of integers."""
    T, K = points.shape[:2]
    analogue = np.zeros((T, 0)) if analogue is None else analogue

    def item(group: int, name: str, body: bytes) -> bytes:
        head = bytes([len(name), group & 255]) + name.encode()
        return head + (len(body) + 2).to_bytes(2, "little") + body

    def text(lines: tuple[str, ...]) -> bytes:
        long = max(map(len, lines))
        return (
            bytes([255, 2, long, len(lines)]) + "".join(line.ljust(long) for line in lines).encode() + b"\0"
        )

    def real(value: float) -> bytes:
        return bytes([4, 0]) + np.float32(value).tobytes() + b"\0"

    def integers(*values: int) -> bytes:
        return bytes([2, 1, len(values)]) + np.array(values, "<u2").tobytes() + b"\0"

    items = item(-1, "POINT", b"\0") + item(1, "LABELS", text(labels)) + item(1, "UNITS", text(("mm",)))
    items += item(1, "RATE", real(rate)) + item(1, "SCALE", real(scale)) + item(1, "FRAMES", integers(T))
    items += item(-2, "ANALOG", b"\0") + item(2, "RATE", real(rate))
    items += item(-3, "TRIAL", b"\0") + item(3, "ACTUAL_START_FIELD", integers(first, 0))
    items += item(3, "ACTUAL_END_FIELD", integers(first + T - 1, 0))
    section = bytes([1, 0x50, 2, 84]) + items
    section = section.ljust(1024, b"\0")
    header = np.zeros(256, "<u2")
    header[:5] = 0x5002, K, analogue.shape[1], first, first + T - 1
    header[6:8] = np.array([scale], "<f4").view("<u2")
    header[8] = 4
    header[10:12] = np.array([rate], "<f4").view("<u2")
    rows = np.zeros((T, K, 4))
    rows[..., :3] = np.nan_to_num(points) / (scale if scale > 0 else 1.0)
    rows[..., 3] = np.where(np.isfinite(points).all(axis=-1), 0, -1)
    frames = np.concatenate([rows.reshape(T, -1), analogue], axis=1)
    frames = np.rint(frames).astype("<i2") if scale > 0 else frames.astype("<f4")
    path.write_bytes(header.tobytes() + section + frames.tobytes())
    return path
