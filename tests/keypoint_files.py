"""A walk of a few frames as every program of 2D keypoints would write it."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from gfpose_core.camera import Camera, to_camera_axes
from gfpose_core.io.keypoints.layouts import LAYOUTS
from tests.samples import people

SIZE = (1280, 720)
CAMERA = Camera.guess(*SIZE)
FRAMES = 5


def walk(rng: np.random.Generator, frames: int = FRAMES) -> np.ndarray:  # -> (T, 17, 2) px
    """One person, seen from the front, who goes a little to the side."""
    poses = to_camera_axes(np.repeat(people(rng, 1), frames, axis=0), "y-up")
    return CAMERA.project(poses + [[[15.0 * t, 900, 4500]] for t in range(frames)])


def in_layout(keypoints: np.ndarray, layout: str) -> np.ndarray:  # (T, 17, 2) -> (T, K, 2) px
    """The same people by the points of another layout; feet, hands and eyes are near what they belong to."""
    at = dict(zip(LAYOUTS["H36M-17"], np.moveaxis(keypoints, 1, 0)))
    up = at["Head"] - at["Thorax"]
    out = (at["LShoulder"] - at["RShoulder"]) / 5
    spots = {"nose": at["Thorax"] + 0.7 * up, "neck": at["Thorax"], "pelvis": at["Hip"], "hip": at["Hip"]}
    spots |= {"mid_hip": at["Hip"], "thorax": at["Thorax"], "head_top": at["Head"], "head": at["Head"]}
    if layout == "MPII-16":
        spots["neck"] = at["Neck"]
    joints = {"shoulder": "Shoulder", "elbow": "Elbow", "wrist": "Wrist", "hip": "Hip", "knee": "Knee"}
    joints |= {"ankle": "Ankle", "heel": "Ankle", "toe": "Ankle", "foot_index": "Ankle"}
    joints |= {"pinky": "Wrist", "index": "Wrist", "thumb": "Wrist"}
    for name in LAYOUTS[layout]:
        sign = 1 if "left" in name else -1
        if name in at:
            spots[name] = at[name]
        elif name not in spots and any(part in name for part in ("eye", "ear", "mouth")):
            spots[name] = spots["nose"] + sign * out + [0, 3]
        elif name not in spots:
            joint = next(joint for part, joint in joints.items() if name.endswith(part))
            spots[name] = at["LR"[sign < 0] + joint]
    return np.stack([spots[name] for name in LAYOUTS[layout]], axis=1)


def rows(points: np.ndarray, confidence: float = 0.9) -> list[list[float]]:
    """Flat x, y, confidence of each frame."""
    told = np.full((*points.shape[:2], 1), confidence)
    return np.concatenate([points, told], axis=2).reshape(len(points), -1).tolist()


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), "utf-8")
    return path


def coco(folder: Path, keypoints: np.ndarray) -> Path:
    found = [
        {"image_id": i + 1, "category_id": 1, "keypoints": flat, "score": 0.8}
        for i, flat in enumerate(rows(in_layout(keypoints, "COCO-17")))
    ]
    return write(folder / "results.json", found)


def openpose(folder: Path, keypoints: np.ndarray) -> Path:
    for i, flat in enumerate(rows(in_layout(keypoints, "BODY_25"))):
        people = [{"person_id": [-1], "pose_keypoints_2d": flat}]
        write(folder / f"walk_{i:012d}_keypoints.json", {"version": 1.3, "people": people})
    return folder


def mediapipe(folder: Path, keypoints: np.ndarray) -> Path:
    shares = in_layout(keypoints, "MediaPipe-33") / SIZE
    frames = [
        {"pose_landmarks": [{"x": x, "y": y, "z": 0.1, "visibility": 0.9} for x, y in frame]}
        for frame in shares
    ]
    return write(
        folder / "landmarks.json", {"width": SIZE[0], "height": SIZE[1], "fps": 25, "frames": frames}
    )


def mmpose(folder: Path, keypoints: np.ndarray) -> Path:
    frames = [
        {"frame_id": i, "instances": [
            {"keypoints": frame.tolist(), "keypoint_scores": [0.9] * 17, "bbox": [[0, 0, 9, 9]]}
        ]}
        for i, frame in enumerate(in_layout(keypoints, "COCO-17"))
    ]  # fmt: skip
    return write(folder / "video.json", frames)


def videopose3d(folder: Path, keypoints: np.ndarray) -> Path:
    meta = {"layout_name": "h36m", "num_joints": 17, "keypoints_symmetry": [[4, 5], [1, 2]]}
    walks = {"S9": {"Walking 1": [keypoints.astype(np.float32)] * 4, "Sitting": [keypoints] * 4}}
    np.savez_compressed(folder / "data_2d.npz", positions_2d=walks, metadata=meta)
    return folder / "data_2d.npz"


def zedo(folder: Path, keypoints: np.ndarray) -> Path:
    sure = np.full((*keypoints.shape[:2], 1), 0.9)
    K = np.repeat(CAMERA.K[None], len(keypoints), axis=0)
    np.savez(folder / "custom.npz", kpts=np.concatenate([keypoints, sure], axis=2), K=K)
    return folder / "custom.npz"


def npz(folder: Path, keypoints: np.ndarray) -> Path:
    np.savez(folder / "ours.npz", keypoints_2d=keypoints, confidence=np.full(keypoints.shape[:2], 0.9))
    return folder / "ours.npz"


def table(folder: Path, keypoints: np.ndarray) -> Path:
    lines = ["frame,joint,x,y,confidence"]
    for t, frame in enumerate(in_layout(keypoints, "COCO-17")):
        names = zip(LAYOUTS["COCO-17"], frame.tolist())
        lines += [f"{t},{name},{x!r},{y!r},0.9" for name, (x, y) in names]
    (folder / "table.csv").write_text("\n".join(lines), "utf-8")
    return folder / "table.csv"


WRITERS: dict[str, Callable[[Path, np.ndarray], Path]] = {
    "npz": npz,
    "openpose": openpose,
    "mmpose": mmpose,
    "mediapipe": mediapipe,
    "coco": coco,
    "videopose3d-2d": videopose3d,
    "zedo": zedo,
    "csv": table,
}
"""By the names of their importers."""
