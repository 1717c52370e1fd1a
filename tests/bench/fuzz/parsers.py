"""Every parser of foreign bytes: a good file for it, and how it is read."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gfpose_core.camera import Camera
from gfpose_core.errors import GfposeError
from gfpose_core.export.base import PoseExport, export, export_clip, read_export
from gfpose_core.io.clip import KeypointClip
from gfpose_core.io.datasets.benchmark import read_benchmark, training_poses
from gfpose_core.io.identify import identify
from gfpose_core.io.importing import Corrections, open_source
from gfpose_core.io.inputs import read_keypoints, read_noisy, read_partial
from gfpose_core.io.recordings import load_recording
from gfpose_core.io.results import read_results
from gfpose_core.starts import read_starts
from gfpose_core.trajectory import Recording
from tests.contracts.test_importers import SAMPLES, exported, recorded, saved
from tests.core.test_benchmarks import K, places, seen, thirty_two, write_3dhp, write_h36m, z_up
from tests.core.test_gltf_scenes import as_text
from tests.keypoint_files import walk
from tests.samples import a_recording, people

Make = Callable[[Path, np.random.Generator], Path]


@dataclass(frozen=True)
class Parser:
    """``make`` puts a good file into a folder; ``read`` may raise GfposeError alone. Where one file is opened
    and another damaged, ``beside`` is the latter."""

    make: Make
    read: Callable[[Path], object]
    beside: str = ""

    def target(self, opened: Path) -> Path:
        """The file to damage."""
        if self.beside:
            return opened.with_name(self.beside)
        return sorted(opened.iterdir())[0] if opened.is_dir() else opened


def _import(name: str, path: Path) -> None:
    identify(path)
    clip = open_source(path, name).interpret(Corrections()).clip
    places = getattr(clip, "poses", getattr(clip, "keypoints", None))
    known = getattr(clip, "observed", getattr(clip, "visible", None))
    _require_finite(places[known])


def _require_finite(*arrays: np.ndarray) -> None:
    for array in arrays:
        assert np.isfinite(array).all(), "values that are not finite went unnoticed"


def _one_of(*readers: Callable[[Path], Any]) -> Callable[[Path], None]:
    """What the one refuses the other may read."""

    def read(path: Path) -> None:
        identify(path)
        refusals = []
        for reader in readers:
            try:
                reader(path)
            except GfposeError as error:
                refusals.append(error)
        if len(refusals) == len(readers):
            raise refusals[0]

    return read


def _recording(path: Path) -> None:
    identify(path)
    _require_sound(load_recording(path))


def _require_sound(found: Recording | PoseExport) -> None:
    _require_finite(found.poses, *(vars(found.trajectory).values() if found.trajectory is not None else ()))
    if isinstance(found, Recording):
        view = found.condition.view
        _require_finite(found.condition.values, found.condition.origin, view.rotation, view.depth)


def _export(path: Path) -> None:
    identify(path)
    found = read_export(path)
    _require_finite(found.origin)
    _require_sound(found)


def _benchmark(path: Path) -> None:
    found = read_benchmark(path)
    _require_finite(found.points, found.keypoints, found.camera.K)


# app and torch are imported by the child that needs them alone


def _session(path: Path) -> None:
    from app.engine.session_file import read_session

    session = read_session(path)
    for recording in (session.recording, *(recording for _, recording in session.runs)):
        if recording is not None:
            _require_sound(recording)
    _require_finite(*(pose for _, pose in session.pins))


def _checkpoint(path: Path) -> None:
    from gfpose_core.catalog import load

    identify(path)
    load(path)


def _picture(path: Path) -> None:
    from app.engine.pictures import read_picture

    read_picture(path)


def _a_session(folder: Path, rng: np.random.Generator) -> Path:
    from app.engine.session_file import write_session
    from tests.app.test_sessions import a_session

    write_session(folder / "a.gfpose", a_session())
    return folder / "a.gfpose"


def _a_checkpoint(folder: Path, rng: np.random.Generator) -> Path:
    from gfpose_core.io.checkpoints import write_checkpoint
    from tests.core.test_checkpoints import CONFIG, weights

    write_checkpoint(folder / "a.safetensors", CONFIG, weights(), {"steps": 5, "recipe": {"name": "a"}})
    return folder / "a.safetensors"


def _an_authors_file(folder: Path, rng: np.random.Generator) -> Path:
    from tests.core.test_checkpoints import authors_file

    authors_file(folder / "a.pth")
    return folder / "a.pth"


def _a_zedo_file(folder: Path, rng: np.random.Generator) -> Path:
    from tests.core.test_checkpoints import RELEASED, authors_file

    authors_file(folder / "a.pth", replace(RELEASED, condition="none"))
    return folder / "a.pth"


def _a_picture(suffix: str, folder: Path, rng: np.random.Generator) -> Path:
    from PySide6.QtGui import QImage

    noise = np.ascontiguousarray(rng.integers(0, 255, (24, 32, 4), np.uint8))
    path = folder / f"a.{suffix}"
    QImage(noise.data, 32, 24, QImage.Format.Format_RGB32).save(str(path))
    return path


def _a_run(suffix: str, folder: Path, rng: np.random.Generator) -> Path:
    path = folder / f"a.{suffix}"
    export(PoseExport.of(a_recording(rng, s=1, moments=2), trajectory=True), path)
    return path


def _detections(folder: Path, rng: np.random.Generator) -> Path:
    points = seen(rng)
    write_h36m(folder / "a.pkl", points)
    found = {"test": {"joint3d_image": Camera(K).project(points)}}
    (folder / "detected.pkl").write_bytes(pickle.dumps(found))
    return folder / "a.pkl"


def _task(folder: Path, rng: np.random.Generator) -> Path:
    poses, keypoints = people(rng, 2), walk(rng, 2)
    every = {"keypoints_2d": keypoints, "visible": np.ones((2, 17), bool), "camera_K": K}
    every |= {"root_depth": np.array([4e3, 5e3]), "poses_3d": poses, "observed": np.ones((2, 17, 3), bool)}
    return saved(folder / "a.npz", **every, camera_at=np.array([[0, 1000.0, 5000]] * 2))


def _keypoints(kind: str, folder: Path, rng: np.random.Generator) -> Path:
    path = folder / f"a.{kind}"
    known = {"image_size": (1280.0, 720.0), "camera_K": K, "root_depth": np.full(3, 4e3)}
    export_clip(KeypointClip(walk(rng, 3), rng.random((3, 17)) < 0.9, fps=25.0, **known), path)
    return path


def _videopose3d(folder: Path, rng: np.random.Generator) -> Path:
    clips = {"S1": {"Walking": thirty_two(z_up(rng))}, "S9": {"Walking 1": thirty_two(z_up(rng))}}
    return saved(folder / "a.npz", positions_3d=clips)


def _videopose3d_detections(folder: Path, rng: np.random.Generator) -> Path:
    world = z_up(rng)
    images = [Camera(k).project(world @ R.T + t) for k, R, t in places(rng)]
    saved(folder / "detected.npz", positions_2d={"S9": {"Walking": images}})
    return saved(folder / "a.npz", positions_3d={"S9": {"Walking": thirty_two(world)}})


PARSERS: dict[str, Parser] = {
    "session": Parser(_a_session, _session),
    "checkpoint": Parser(_a_checkpoint, _checkpoint),
    "authors-checkpoint": Parser(_an_authors_file, _checkpoint),
    "zedo-checkpoint": Parser(_a_zedo_file, _checkpoint),
    "recording-whole": Parser(lambda folder, rng: recorded(folder / "a.h5", rng), _recording),
    "export-h5": Parser(partial(_a_run, "h5"), _export),
    "export-npz": Parser(partial(_a_run, "npz"), _export),
    "export-json": Parser(partial(_a_run, "json"), _export),
    "tasks": Parser(
        _task, _one_of(read_keypoints, partial(read_partial, axes="y-up"), partial(read_noisy, axes="y-up"))
    ),
    "starts": Parser(lambda folder, rng: saved(folder / "a.npz", starts=people(rng, 3)), read_starts),
    "h36m": Parser(
        lambda folder, rng: write_h36m(folder / "a.pkl", seen(rng)), _one_of(_benchmark, training_poses)
    ),
    "h36m-detections": Parser(
        _detections,
        lambda path: read_benchmark(path, "test", path.with_name("detected.pkl")),
        beside="detected.pkl",
    ),
    "videopose3d-data": Parser(_videopose3d, _one_of(_benchmark, training_poses)),
    "videopose3d-detections": Parser(
        _videopose3d_detections,
        lambda path: read_benchmark(path, "test", path.with_name("detected.npz")),
        beside="detected.npz",
    ),
    "3dhp": Parser(lambda folder, rng: write_3dhp(folder / "annot_data.mat", seen(rng)), _benchmark),
    "poses": Parser(lambda folder, rng: SAMPLES["pose-data"](folder, rng), training_poses),
    "results-whole": Parser(SAMPLES["results"], lambda path: read_results(path).recording()),
    "clip-h5": Parser(lambda folder, rng: exported(folder / "a.h5", rng), partial(_import, "clip")),
    "keypoints-json": Parser(partial(_keypoints, "json"), partial(_import, "clip")),
    "keypoints-csv": Parser(partial(_keypoints, "csv"), partial(_import, "csv")),
    "gltf-text": Parser(lambda folder, rng: as_text(SAMPLES["gltf"](folder, rng)), partial(_import, "gltf")),
    "asf": Parser(SAMPLES["amc"], partial(_import, "amc"), beside="7.asf"),
    **{f"picture-{kind}": Parser(partial(_a_picture, kind), _picture) for kind in ("png", "jpg", "webp")},
    **{name: Parser(make, partial(_import, name)) for name, make in SAMPLES.items()},
}
