"""Benchmark files in exactly their layouts: the same people come out, and what is wrong is said in words."""

import pickle
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.camera import Camera, from_camera_axes, to_camera_axes
from gfpose_core.errors import FormatError
from gfpose_core.io.datasets.benchmark import Benchmark, read_benchmark, training_poses
from gfpose_core.io.datasets.poses_hdf5 import check_poses
from gfpose_core.io.identify import identify
from gfpose_core.skeleton import H36M17
from tests.samples import people

N = 12
MIRRORED = list(H36M17.mirror)
KEPT = [0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27]
K = np.array([[1145.0, 0, 512], [0, 1143.0, 515], [0, 0, 1]])
TILT = np.array([[1, 0, 0], [0, np.cos(0.2), -np.sin(0.2)], [0, np.sin(0.2), np.cos(0.2)]])


def seen(rng, n: int = N) -> np.ndarray:  # (n, 17, 3) mm, camera axes
    return to_camera_axes(people(rng, n) - [0, 950, 0], "y-up") @ TILT.T + [200, -100, 4500]


# GFPose's pickles


def items(points: np.ndarray) -> list[dict]:
    image = np.concatenate([Camera(K).project(points), points[..., 2:] - points[:, :1, 2:]], axis=-1)
    return [
        {
            "joint_3d_image": image[i],
            "joint_3d_camera": points[i],
            "box": np.array([100.0, 100, 600, 600]),
            "camera_param": {"fx": K[0, 0], "fy": K[1, 1], "cx": K[0, 2], "cy": K[1, 2]},
            "root_depth": points[i, 0, 2],
            "action": 2 + i % 15,
        }
        for i in range(len(points))
    ]


def write_h36m(path: Path, points: np.ndarray, change=lambda items: items, protocol: int = 4) -> Path:
    path.write_bytes(pickle.dumps(change(items(points)), protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_gfposes_pickle(tmp_path, rng, protocol):
    points = seen(rng)
    path = write_h36m(tmp_path / "any.name", points, protocol=protocol)
    detected = Camera(K).project(points) + rng.normal(0, 5, (N, 17, 2))
    image = np.concatenate([detected, np.zeros((N, 17, 1))], -1)
    found = {"test": {"joint3d_image": image, "confidence": np.ones((N, 17, 1))}}
    (tmp_path / "dt.pkl").write_bytes(pickle.dumps(found, protocol))
    got = read_benchmark(path, "test", tmp_path / "dt.pkl")
    np.testing.assert_array_equal(got.points, points)
    np.testing.assert_allclose(got.camera.project(got.points), got.keypoints)
    np.testing.assert_array_equal(got.detected, detected)
    assert got.groups[[0, 5, 11]].tolist() == ["Directions", "Photo", "Waiting"]
    part = got[::5]
    assert len(part) == len(part.camera.K) == len(part.detected) == 3
    assert part.groups[1] == got.groups[5]
    assert read_benchmark(path).detected is None
    with pytest.raises(FormatError, match=r"any.name: dt.pkl: there are no detections for 'train'"):
        read_benchmark(path, "train", tmp_path / "dt.pkl")
    write_h36m(tmp_path / "short", points[:9])
    with pytest.raises(FormatError, match=r"\(9, 17, 2 or 3\) are needed: do the two files belong"):
        read_benchmark(tmp_path / "short", "test", tmp_path / "dt.pkl")


def test_gfposes_pickle_to_train_on_keeps_the_tilt(tmp_path, rng):
    points = seen(rng)
    got = training_poses(write_h36m(tmp_path / "h36m_train.pkl", points))
    check_poses(got.positions)
    np.testing.assert_allclose(to_camera_axes(got.positions, "y-up"), points - points[:, :1], atol=1e-3)
    assert np.array(got.clip_names)[got.clip_index].tolist()[:2] == ["Directions", "Discussion"]
    assert "tilt" in got.facts["note"]


def without(name):
    return lambda items: [{k: v for k, v in item.items() if k != name} for item in items]


def put(name, value):
    return lambda items: [item | {name: value} for item in items]


def moved(change):
    return lambda items: [item | {"joint_3d_camera": change(item["joint_3d_camera"])} for item in items]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("joint_3d_image"), "without joint_3d_image"),
        (without("camera_param"), "without camera_param"),
        (put("camera_param", {"fx": 1.0}), "without fy"),
        (put("camera_param", {"fx": 0.0, "fy": 0.0, "cx": 0.0, "cy": 0.0}), "focal"),
        (put("joint_3d_camera", np.zeros((16, 3))), "whose joint_3d_camera is no array of"),
        (put("joint_3d_camera", "joints"), "whose joint_3d_camera is no array of"),
        (put("joint_3d_image", np.full((17, 3), np.inf)), "far outside"),
        (put("joint_3d_image", np.zeros((17, 3))), r"px \(median\) from where its camera sees"),
        (put("action", 1), "action 1; Human3.6M's are 2 to 16"),
        (put("action", np.nan), "action nan"),
        (moved(lambda p: p / 1000), "looks like metres"),
        (moved(lambda p: p[::-1]), "order"),
        (moved(lambda p: p[MIRRORED]), "left and right"),
        (moved(lambda p: p * [1, -1, 1]), "y axis points down"),
        (moved(lambda p: p - p[0]), "at or behind the camera"),
        (moved(lambda p: p * np.nan), "NaN"),
        (moved(lambda p: np.where(p == p[3], 1e200, p)), "a kilometre"),
        (lambda items: {"joint_3d_camera": items}, "no list of poses"),
    ],
)
def test_what_is_wrong_with_a_pickle_is_said(tmp_path, rng, change, words):
    path = write_h36m(tmp_path / "x.pkl", seen(rng), change)
    with pytest.raises(FormatError, match=f"^x.pkl: .*{words}"):
        read_benchmark(path)


def test_a_pickle_that_runs_code_is_refused(tmp_path):
    (tmp_path / "x.pkl").write_bytes(b"\x80\x02(X\x0f\x00\x00\x00joint_3d_cameracos\nsystem\n.")
    assert identify(tmp_path / "x.pkl").kind == "h36m"
    for read in (read_benchmark, training_poses):
        with pytest.raises(FormatError, match=r"x.pkl: a pickle that would run code \(os.system\)"):
            read(tmp_path / "x.pkl")


# VideoPose3D's archives


def thirty_two(world: np.ndarray) -> np.ndarray:  # (T, 17, 3) mm -> (T, 32, 3) m
    joints = np.full((len(world), 32, 3), 9.0, np.float32)
    joints[:, KEPT] = world / 1000
    return joints


def places(rng, n: int = 4) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Cameras around the capture space: K, rotation, translation."""
    found = []
    for angle in np.arange(n) * 2 * np.pi / n + 0.3:
        centre = np.array([4500 * np.cos(angle), 4500 * np.sin(angle), 1600])
        z = np.array([0, 0, 900]) - centre
        z /= np.linalg.norm(z)
        x = np.cross(z, [0, 0, 1.0])
        x /= np.linalg.norm(x)
        rotation = np.stack([x, np.cross(z, x), z])
        found.append((K + np.diag(rng.uniform(0, 9, 3) * [1, 1, 0]), rotation, -rotation @ centre))
    return found


def z_up(rng, n: int = N) -> np.ndarray:
    """People that walk about and turn, world, mm."""
    angle = rng.uniform(0, 2 * np.pi, n)
    turn = np.tile(np.eye(3), (n, 1, 1))
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(angle)
    turn[:, 0, 1] = np.sin(angle)
    turn[:, 1, 0] = -turn[:, 0, 1]
    world = from_camera_axes(to_camera_axes(people(rng, n), "y-up"), "z-up") @ turn
    return world + rng.uniform([-1500, -1500, 0], [1500, 1500, 1], (n, 1, 3))


@pytest.fixture
def videopose3d(tmp_path, rng):
    """The archive, its clips in mm, its cameras, and their images."""
    clips = {s: {a: z_up(rng) for a in ("Walking", "Walking 1", "Photo 2")} for s in ("S1", "S9", "S11")}
    path = tmp_path / "data_3d_h36m.npz"
    positions = {s: {a: thirty_two(world) for a, world in of.items()} for s, of in clips.items()}
    np.savez_compressed(path, positions_3d=positions)
    cameras = places(rng)
    images = {
        s: {a: [Camera(k).project(world @ R.T + t) for k, R, t in cameras] for a, world in of.items()}
        for s, of in clips.items()
    }
    return path, clips, cameras, images


def test_videopose3ds_archive_before_a_virtual_camera(videopose3d):
    path, clips, _, _ = videopose3d
    got = read_benchmark(path)
    assert len(got) == 2 * 3 * N
    assert set(got.groups) == {"Walking", "Photo"}
    world = clips["S9"]["Walking"]
    np.testing.assert_allclose(
        got.points[:N] - got.points[:N, :1], to_camera_axes(world - world[:, :1], "z-up"), atol=1e-2
    )
    np.testing.assert_allclose(got.points[:, 0], np.tile([0, 0, 5000.0], (len(got), 1)))
    assert "virtual camera" in got.notes[0]
    assert len(got[::4]) == 18
    assert len(read_benchmark(path, "train")) == 3 * N


def test_cameras_come_out_of_the_true_2d(videopose3d, rng):
    path, clips, cameras, images = videopose3d
    layout = {"layout_name": "h36m", "num_joints": 17, "keypoints_symmetry": [[4, 5], [1, 2]]}
    np.savez_compressed(path.with_name("data_2d_h36m_gt.npz"), positions_2d=images, metadata=layout)
    longer = {
        s: {
            a: [np.r_[i, i[-2:]] + rng.normal(0, 4, (N + 2, 17, 2)) for i in views] for a, views in of.items()
        }
        for s, of in images.items()
    }
    np.savez_compressed(path.with_name("cpn.npz"), positions_2d=longer, metadata=layout)
    got = read_benchmark(path, "test", path.with_name("cpn.npz"))
    assert len(got) == 2 * 3 * 4 * N
    k, R, t = cameras[1]
    second = slice(N, 2 * N)  # of S9's Walking
    np.testing.assert_allclose(got.points[second], clips["S9"]["Walking"] @ R.T + t, atol=0.1)
    np.testing.assert_allclose(got.camera.K[N], k, atol=0.5)
    np.testing.assert_allclose(got.keypoints[second], images["S9"]["Walking"][1], atol=0.05)
    np.testing.assert_array_equal(got.detected[second], longer["S9"]["Walking"][1][:N])
    assert got.notes[0].startswith("cameras fitted to data_2d_h36m_gt.npz")


def test_cameras_come_out_of_detections_with_outliers(videopose3d, rng):
    path, clips, cameras, images = videopose3d
    for views in images["S9"].values():
        for image in views:
            image += rng.normal(0, 3, image.shape)
            image[0, 5] += 300
    np.savez(path.with_name("cpn.npz"), positions_2d=images)
    got = read_benchmark(path, "test", path.with_name("cpn.npz"))
    _, R, t = cameras[0]
    truth = clips["S9"]["Walking"] @ R.T + t
    rooted = got.points[:N] - got.points[:N, :1] - (truth - truth[:, :1])
    assert np.linalg.norm(rooted, axis=-1).mean() < 8


def test_2d_of_other_poses_is_refused(videopose3d):
    path, _, _, images = videopose3d
    two_d = path.with_name("cpn.npz")
    swapped = {s: {a: [i[:, MIRRORED] for i in v] for a, v in of.items()} for s, of in images.items()}
    short = images | {"S9": {a: [i[:5] for i in views] for a, views in images["S9"].items()}}
    for positions, words in [
        (swapped, "belong together"),
        (short, "cpn.npz: there is no usable S9 Walking"),
        ({"S9": images["S9"]}, "no usable S11"),
        ({"S9": 3}, "no usable S9"),
        ({"S9": {"Walking": np.array(3.0)}}, "no usable S9"),
        ({"S9": {"Walking": [[[1, 2], [3]]]}}, "cpn.npz: lists of different lengths"),
        (5, "cpn.npz: positions_2d is no dict of subjects"),
    ]:
        np.savez(two_d, positions_2d=np.array(positions, dtype=object))
        with pytest.raises(FormatError, match=words):
            read_benchmark(path, "test", two_d)
    np.savez(path.with_name("data_2d_h36m_gt.npz"), positions_2d=images)
    fewer = {s: {a: views[:3] for a, views in of.items()} for s, of in images.items()}
    np.savez(two_d, positions_2d=fewer)
    with pytest.raises(FormatError, match="seen by 4 cameras and detected in 3"):
        read_benchmark(path, "test", two_d)


def test_videopose3ds_archive_to_train_on(videopose3d):
    path, clips, _, _ = videopose3d
    got = training_poses(path)
    check_poses(got.positions)
    assert got.clip_names == ("S1 Photo 2", "S1 Walking", "S1 Walking 1")
    world = from_camera_axes(to_camera_axes(clips["S1"]["Photo 2"], "z-up"), "y-up")
    np.testing.assert_allclose(got.positions[got.clip_index == 0], world, atol=1e-2)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "none of the test subjects S9, S11"),
        ({"S9": {"A": np.zeros((3, 31, 3))}}, r"S9 A is float64 \(3, 31, 3\)"),
        ({"S9": {"A": np.full((3, 32, 3), np.nan)}}, "S9 A has NaN"),
        ({"S9": [1]}, "no dict of actions"),
        ({"S9": {"A": np.ones((3, 32, 3))}}, "not of human length"),
        (5, "no dict of subjects"),
    ],
)
def test_what_is_wrong_with_an_archive_is_said(tmp_path, given, words):
    np.savez(tmp_path / "x.npz", positions_3d=np.array(given, dtype=object))
    with pytest.raises(FormatError, match=f"^x.npz: .*{words}"):
        read_benchmark(tmp_path / "x.npz")


def test_uneven_lists_are_refused_wherever_arrays_may_be_lists(tmp_path, rng):
    uneven = [[1.0, 2.0], [3.0]]
    path = tmp_path / "a.npz"
    np.savez(path, positions_3d={s: {"Walking": uneven} for s in ("S1", "S9")})
    for read in (read_benchmark, training_poses):
        with pytest.raises(FormatError, match=r"^a\.npz: lists of different lengths"):
            read(path)
    (tmp_path / "dt.pkl").write_bytes(pickle.dumps({"test": {"joint3d_image": uneven}}))
    with pytest.raises(FormatError, match=r"^x\.pkl: dt\.pkl: lists of different lengths"):
        read_benchmark(write_h36m(tmp_path / "x.pkl", seen(rng)), "test", tmp_path / "dt.pkl")


def test_an_archive_that_runs_code_is_refused(tmp_path, videopose3d):
    path = videopose3d[0]
    with zipfile.ZipFile(path) as archive:
        content = archive.read("positions_3d.npy")
    header = content[: content.index(b"\n") + 1]
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("positions_3d.npy", header + b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(FormatError, match=r"x.npz: a pickle that would run code \(os.system\)"):
        read_benchmark(tmp_path / "x.npz")


# MPI-INF-3DHP's test set

TO_H36M17 = [14, 8, 9, 10, 11, 12, 13, 15, 1, 16, 0, 5, 6, 7, 2, 3, 4]


def write_3dhp(path: Path, points: np.ndarray, name: str = "univ_annot3", **changes) -> Path:
    """As Matlab writes it: text before the HDF5 file, the frames first, joints in the set's order."""
    path.parent.mkdir(exist_ok=True, parents=True)
    poses, image = np.zeros((len(points), 1, 17, 3)), np.zeros((len(points), 1, 17, 2))
    poses[:, 0, TO_H36M17], image[:, 0, TO_H36M17] = points, Camera(K).project(points)
    valid = np.ones((len(points), 1))
    valid[::3] = 0
    with h5py.File(path, "w", userblock_size=512) as file:
        arrays = {"annot2": image, name: poses, "valid_frame": valid} | changes
        for key, array in arrays.items():
            file[key] = array
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512))
    return path


@pytest.mark.parametrize("name", ["univ_annot3", "annot3"])
def test_a_test_sequence(tmp_path, rng, name):
    points = seen(rng)
    got = read_benchmark(write_3dhp(tmp_path / "TS3/annot_data.mat", points, name))
    valid = np.arange(N) % 3 != 0
    np.testing.assert_allclose(got.points, points[valid])
    np.testing.assert_allclose(got.keypoints, Camera(K).project(points[valid]))
    np.testing.assert_allclose(got.camera.K[0], K, atol=1e-6)
    assert set(got.groups) == {"noGS"}
    assert f"poses are {name}" in got.notes


def test_all_test_sequences(tmp_path, rng):
    for i in (1, 2, 4, 6):
        write_3dhp(tmp_path / f"set/TS{i}/annot_data.mat", seen(rng))
    got = read_benchmark(tmp_path / "set")
    assert got.groups.tolist() == ["GS"] * 16 + ["noGS"] * 8 + ["Outdoor"] * 8
    assert got.notes[-1] == "without TS3, TS5"
    assert len(got[::2].camera.K) == 16
    write_3dhp(tmp_path / "set/TS4/annot_data.mat", seen(rng) / 1000)
    with pytest.raises(FormatError, match=r"^set: TS4: .*metres"):
        read_benchmark(tmp_path / "set")


def test_a_sequence_of_unknown_scene_is_read_and_said(tmp_path, rng):
    got = read_benchmark(write_3dhp(tmp_path / "annot_data.mat", seen(rng)))
    assert set(got.groups) == {"unknown scene"}
    assert "in no folder TS1 to TS6" in got.notes[-1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"annot2": np.zeros((N, 1, 17, 2))}, "focal"),
        ({"annot2": np.ones((N, 17, 2))}, r"annot2 is float64 \(12, 17, 2\)"),
        ({"annot2": np.full((N, 1, 17, 2), np.nan)}, "not finite"),
        ({"annot2": np.random.default_rng(0).uniform(0, 2048, (N, 1, 17, 2))}, "from where its camera"),
        ({"valid_frame": np.zeros(N)}, "no valid frames"),
        ({"valid_frame": np.ones(N - 1)}, "different lengths"),
        ({"valid_frame": np.array([b"yes"] * N)}, "numbers are needed"),
        ({"univ_annot3": np.array([b"yes"] * N)}, "univ_annot3 is"),
    ],
)
def test_what_is_wrong_with_a_sequence_is_said(tmp_path, rng, changes, words):
    path = write_3dhp(tmp_path / "TS1/annot_data.mat", seen(rng), **changes)
    with pytest.raises(FormatError, match=f"^annot_data.mat: .*{words}"):
        read_benchmark(path)


def test_a_joint_at_next_to_no_depth_is_refused_before_a_camera_is_fitted(tmp_path, rng):
    points = seen(rng)
    path = write_3dhp(tmp_path / "TS1/annot_data.mat", points)
    with h5py.File(path, "r+") as file:
        file["univ_annot3"][1, 0, 0, 2] = 1e-320  # divided by, it makes an infinity that no fit gets over
    with pytest.raises(FormatError, match="at or behind the camera"):
        read_benchmark(path)


def test_sequences_in_other_orders_do_not_pass_for_people(rng, tmp_path):
    points = seen(rng)
    for order in (np.roll(np.arange(17), 1), MIRRORED, np.arange(17)[::-1]):
        with pytest.raises(FormatError):
            read_benchmark(write_3dhp(tmp_path / "TS1/annot_data.mat", points[:, order]))
    with pytest.raises(FormatError, match="no detections"):
        read_benchmark(write_3dhp(tmp_path / "TS1/annot_data.mat", points), "train")


# All of them


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("benchmarks"), np.random.default_rng(1)
    write_h36m(folder / "h36m", seen(rng))
    np.savez_compressed(folder / "videopose3d", positions_3d={"S9": {"Walking": thirty_two(z_up(rng))}})
    (folder / "videopose3d.npz").rename(folder / "videopose3d")
    write_3dhp(folder / "3dhp", seen(rng))
    return folder


@pytest.mark.parametrize(
    ("kind", "words"), [("h36m", "GFPose's authors"), ("videopose3d", "VideoPose3D"), ("3dhp", "3DHP")]
)
def test_they_are_named_by_their_content(folder, kind, words):
    info = identify(folder / kind)
    assert info.kind == kind
    assert words in info.lines[0]


@given(name=st.sampled_from(["h36m", "videopose3d"]), data=st.data())
def test_damage_ends_in_a_refusal_or_in_people(folder, name, data):
    content = bytearray((folder / name).read_bytes())
    for _ in range(data.draw(st.integers(0, 2))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / "damaged").write_bytes(content[: data.draw(st.integers(len(content) // 2, len(content)))])
    for read in (read_benchmark, training_poses):
        try:
            read(folder / "damaged")
        except FormatError:
            pass


@given(share=st.floats(0, 1))
def test_a_sequence_that_is_cut_short_is_refused(folder, share):
    content = (folder / "3dhp").read_bytes()
    (folder / "cut").write_bytes(content[: int(share * (len(content) - 1))])
    with pytest.raises(FormatError, match=r"^cut"):
        read_benchmark(folder / "cut")


def test_other_files_are_refused_with_what_is_taken(tmp_path, shared):
    (tmp_path / "x").write_bytes(pickle.dumps([1]))
    with pytest.raises(FormatError, match=r"x is a Python pickle, no benchmark: give h36m_test.pkl"):
        read_benchmark(tmp_path / "x")
    with pytest.raises(FormatError, match="is a folder, no benchmark"):
        read_benchmark(tmp_path)
    with pytest.raises(FormatError, match="is an HDF5 file with pose data, no benchmark"):
        read_benchmark(shared / "data/cmu_h36m17.h5")
    with pytest.raises(FormatError, match="no file"):
        read_benchmark(tmp_path / "none")


def test_our_own_poses_are_taken_to_train_on(shared):
    assert len(training_poses(shared / "data/cmu_h36m17.h5").positions) > 10_000


def test_arrays_of_different_lengths_make_no_benchmark(rng):
    points = seen(rng)
    image, groups = Camera(K).project(points), np.full(N, "a")
    for changes in ({"groups": groups[1:]}, {"keypoints": image[1:]}, {"detected": image[..., :1]}):
        given = {"groups": groups, "keypoints": image, "camera": Camera(K)} | changes
        with pytest.raises(FormatError, match="are needed"):
            Benchmark("x", points, **given)
    with pytest.raises(FormatError, match="1 cameras for 12 poses"):
        Benchmark("x", points, groups, Camera(K[None]), image)
