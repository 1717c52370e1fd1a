"""What every registered export format must do."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gfpose_core.camera import AXES, from_camera_axes, to_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.export.base import PoseExport, export, export_clip, read_export
from gfpose_core.io.clip import KeypointClip, PoseClip, in_axes
from gfpose_core.io.identify import identify
from gfpose_core.io.importing import Corrections, open_source, read_clip
from gfpose_core.registry import EXPORTERS, load
from gfpose_core.skeleton import H36M17
from tests.samples import a_recording, people

WHOLE_RUNS = [name for name in EXPORTERS if load(EXPORTERS, name).whole_run]
MOST_MM = {"bvh": 0.01, "bvh-mixamo": 0.5}
"""How far a joint of rigid bones may be off when it comes back; 0.001 where nothing is said. Mixamo's rig has
one joint for both hips and the trunk."""


@pytest.fixture(params=WHOLE_RUNS)
def name(request) -> str:
    return request.param


@pytest.fixture
def path(tmp_path, name) -> Path:
    return tmp_path / f"out{load(EXPORTERS, name).suffix}"


@pytest.fixture(params=EXPORTERS)
def format_name(request) -> str:
    return request.param


@pytest.fixture
def target(tmp_path, format_name) -> Path:
    return tmp_path / f"ein Ordner ☃{load(EXPORTERS, format_name).suffix}"


def assert_same(one: PoseExport, other: PoseExport) -> None:
    for name in ("axes", "seed", "checkpoint", "checkpoint_sha256", "sampler", "steps", "options"):
        assert getattr(one, name) == getattr(other, name)
    np.testing.assert_allclose(one.poses, other.poses, atol=6e-4)
    np.testing.assert_allclose(one.origin, other.origin, atol=6e-4)
    assert one.poses.dtype == np.float32
    assert (one.trajectory is None) == (other.trajectory is None)
    if one.trajectory:
        for name, array in vars(one.trajectory).items():
            np.testing.assert_allclose(getattr(other.trajectory, name), array, atol=6e-4)


@pytest.mark.parametrize("trajectory", [False, True])
@pytest.mark.parametrize("axes", AXES)
def test_what_is_exported_can_be_read_again(path, rng, axes, trajectory):
    poses = PoseExport.of(a_recording(rng), axes, trajectory)
    export(poses, path)
    assert_same(read_export(path), poses)


def test_axes_turn_the_poses_and_nothing_else(path, rng):
    recording = a_recording(rng)
    heads = {}
    for axes in AXES:
        export(PoseExport.of(recording, axes), path)
        heads[axes] = read_export(path).poses[:, :, 10]
    x, y, z = np.moveaxis(heads["camera"], -1, 0)
    np.testing.assert_allclose(heads["y-up"], np.stack([x, -y, -z], -1), atol=1e-3)
    np.testing.assert_allclose(heads["z-up"], np.stack([x, z, -y], -1), atol=1e-3)


def test_the_format_can_be_named_against_the_suffix(tmp_path, name, rng):
    export(PoseExport.of(a_recording(rng)), tmp_path / "out.poses", name)
    assert identify(tmp_path / "out.poses").kind == "export"


def test_the_file_is_recognised(path, rng):
    export(PoseExport.of(a_recording(rng)), path)
    assert identify(path).kind == "export"


def test_bad_poses_are_refused_and_leave_no_file(path, rng):
    poses = PoseExport.of(a_recording(rng))
    broken = poses.poses.copy()
    broken[0, 0, 3] = np.nan
    with pytest.raises(FormatError, match="not finite"):
        export(replace(poses, poses=broken), path)
    with pytest.raises(FormatError, match="no folder"):
        export(poses, path.parent / "none" / path.name)
    with pytest.raises(TypeError):
        export(replace(poses, options={"no": object()}), path)
    assert not list(path.parent.iterdir())


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_cut_short_file_is_refused(path, rng, share):
    export(PoseExport.of(a_recording(rng), trajectory=True), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FormatError, match=path.name):
        read_export(path)


@pytest.mark.parametrize("array", ["poses", "origin"])
def test_a_file_of_values_that_are_no_finite_numbers_is_refused(path, name, rng, array):
    poses = PoseExport.of(a_recording(rng))
    broken = getattr(poses, array).copy()
    broken[0] = 12345 if name == "json" else np.nan
    load(EXPORTERS, name).write(replace(poses, **{array: broken}), path)
    if name == "json":
        path.write_text(path.read_text().replace("12345.0", "1e999"))
    with pytest.raises(FormatError, match=r"out.* holds values that are not finite"):
        read_export(path)


@pytest.mark.parametrize("change", [np.mean, lambda times: times[1:], lambda times: times[None]])
def test_moments_that_do_not_belong_to_the_poses_are_refused(rng, change):
    poses = PoseExport.of(a_recording(rng), trajectory=True)
    for name in ("times", "noise_levels", "states"):
        array = np.asarray(change(getattr(poses.trajectory, name)))
        with pytest.raises(FormatError, match="do not belong together"):
            replace(poses, trajectory=replace(poses.trajectory, **{name: array}))


def walk(rng, frames: int = 20) -> np.ndarray:  # -> (frames, 17, 3) mm, y up
    """One person with rigid bones and a true middle of the hips, who turns while walking."""
    poses = np.repeat(people(rng, 1), frames, axis=0)
    for t in range(frames):
        poses[t, [1, 4]] = poses[t, 0] + np.array([[-133.0, 0, 0], [133.0, 0, 0]])
        for upper, joints in ((1, (2, 3)), (4, (5, 6)), (11, (12, 13)), (14, (15, 16)), (8, (9, 10))):
            swing = Rotation.from_euler("xyz", rng.normal(0, 0.5, 3)).as_matrix()
            poses[t, joints] = poses[t, upper] + (poses[t, joints] - poses[t, upper]) @ swing.T
        turn = Rotation.from_euler("yxz", [0.3 * t, 0.1 * np.sin(t), 0.05 * t]).as_matrix()
        poses[t] = poses[t] @ turn.T + [30 * t, 0, 400 - 10 * t]
    return poses


@pytest.mark.parametrize("axes", AXES)
def test_a_clip_comes_back_in_millimetres(target, format_name, rng, axes):
    poses = walk(rng)
    placed = from_camera_axes(to_camera_axes(poses, "y-up"), axes)
    export_clip(PoseClip(placed, np.ones((20, 17), bool), axes, 25.0), target, format_name)
    again = read_clip(target).clip
    found = from_camera_axes(to_camera_axes(again.poses, again.axes), "y-up")
    if axes == "camera":  # its world has no floor: rigs are put on one
        found, poses = (p - p[:1, :1] for p in (found, poses))
    apart = np.linalg.norm(found - poses, axis=-1).max()
    print(f"{format_name}, {axes}: at most {apart:.6f} mm off")
    assert apart < MOST_MM.get(format_name, 1.5e-3)
    assert again.fps == 25
    assert again.observed.all()


def test_every_hypothesis_comes_back(target, format_name, rng):
    both = np.stack([walk(rng), walk(rng)], axis=1)
    origin = both[:, 0, 0]
    poses = PoseExport((both - origin[:, None, None]).astype(np.float32), origin, "y-up")
    export(poses, target, format_name)
    source = open_source(target)
    assert source.interpret(Corrections()).detected.people == 2
    for person in range(2):
        found = in_axes(source.interpret(Corrections(person=person)).clip, "y-up")
        assert np.linalg.norm(found - both[:, person], axis=-1).max() < MOST_MM.get(format_name, 1.5e-3)


def test_stand_ins_stay_marked(target, format_name, rng):
    derived = np.isin(H36M17.names, ("Hip", "Head"))
    export_clip(PoseClip(walk(rng), np.ones((20, 17), bool), "y-up", 25.0, derived), target, format_name)
    found = read_clip(target)
    if format_name.startswith("bvh"):  # it has no place for them
        assert set(found.detected.derived) <= {"Hip", "Head"}
    else:
        assert found.detected.derived == ("Hip", "Head")
        np.testing.assert_array_equal(found.clip.derived, derived)


def test_missing_joints_are_kept_missing_or_refused(target, format_name, rng):
    observed = np.ones((20, 17), bool)
    observed[3:5, 10] = observed[:, 16] = False
    clip = PoseClip(walk(rng), observed, "y-up", 25.0)
    if format_name in ("npz", "json", "hdf5", "csv"):
        export_clip(clip, target, format_name)
        np.testing.assert_array_equal(read_clip(target).clip.observed, observed)
    else:
        with pytest.raises(FormatError, match=r"not observed in every frame: Head, RWrist; .* complete"):
            export_clip(clip, target, format_name)
        assert not list(target.parent.iterdir())


@pytest.mark.parametrize("share", [0.3, 0.7, 0.97])
def test_a_cut_short_clip_is_refused(target, format_name, rng, share):
    export_clip(PoseClip(walk(rng), np.ones((20, 17), bool), "y-up", 25.0), target, format_name)
    content = target.read_bytes()
    target.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FormatError, match=target.name):
        read_clip(target)


def test_formats_of_poses_alone_refuse_a_trajectory(tmp_path, rng):
    for name in set(EXPORTERS) - set(WHOLE_RUNS):
        with pytest.raises(FormatError, match="holds no trajectory"):
            export(PoseExport.of(a_recording(rng), trajectory=True), tmp_path / "a", name)
        alone = tmp_path / f"b{load(EXPORTERS, name).suffix}"
        export(PoseExport.of(a_recording(rng)), alone, name)
        with pytest.raises(FormatError, match="no exported poses"):
            read_export(alone)


KEYPOINTS = ("npz", "json", "hdf5", "csv")


@pytest.mark.parametrize("told", ["nothing", "an image", "a camera", "cameras"])
def test_keypoints_go_where_they_can(target, format_name, rng, told):
    visible = rng.random((3, 17)) < 0.8
    clip = KeypointClip(rng.random((3, 17, 2)) * 500, visible, confidence=rng.random((3, 17)) * 0.9 + 0.1)
    K = np.array([[1145.25, 0, 512], [0, 1143.5, 515.5], [0, 0, 1]])
    known = {"fps": 29.97, "derived": np.isin(H36M17.names, ("Hip", "Spine"))}
    known |= {"image_size": (1280.0, 720.0), "root_depth": np.array([3000.0, 3100.5, 3200.25])}
    zooms = np.array([[1, 1, 1], [1.5, 1.5, 1], [1, 1, 1]])[:, :, None]
    known |= {"a camera": {"camera_K": K}, "cameras": {"camera_K": K * zooms}}.get(told, {})
    clip = clip if told == "nothing" else replace(clip, **known)
    if format_name not in KEYPOINTS:
        with pytest.raises(FormatError, match=r"no keypoints: choose .npz, .json, .h5, .csv"):
            export_clip(clip, target, format_name)
        return
    if (format_name, told) == ("csv", "cameras"):
        with pytest.raises(FormatError, match="CSV holds one camera for all frames: choose npz"):
            export_clip(clip, target, format_name)
        return
    export_clip(clip, target, format_name)
    found = read_clip(target).clip
    np.testing.assert_array_equal(found.visible, clip.visible)
    for name in ("keypoints", "confidence", "root_depth", "camera_K"):
        one, other = getattr(found, name), getattr(clip, name)
        assert (one is None) == (other is None)
        if one is not None:
            np.testing.assert_allclose(one, other, atol=6e-4)
    assert (found.fps, found.image_size) == (clip.fps, clip.image_size)
    np.testing.assert_array_equal(found.derived, clip.derived)
    np.testing.assert_allclose(found.camera.K, clip.camera.K, atol=6e-4)


def test_an_unknown_suffix_names_the_formats(tmp_path, rng):
    with pytest.raises(FormatError, match=r"end the name with .npz, .json, .h5, .csv, .bvh, .glb, .c3d$"):
        export(PoseExport.of(a_recording(rng)), tmp_path / "out.xyz")


def test_what_does_not_belong_together_is_refused(rng):
    poses = PoseExport.of(a_recording(rng))
    with pytest.raises(FormatError, match="do not belong together"):
        replace(poses, origin=poses.origin[:1])
    with pytest.raises(FormatError, match="unknown axes 'up'"):
        PoseExport.of(a_recording(rng), "up")
