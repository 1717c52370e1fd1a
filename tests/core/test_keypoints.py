"""2D keypoints of every program: what is found in them, what is made of it, what is refused."""

import json
from typing import get_args

import numpy as np
import pytest

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Corrections, Layout, open_source, read_clip
from gfpose_core.io.keypoints.following import by_size, follow
from gfpose_core.io.keypoints.layouts import LAYOUTS, recipes
from gfpose_core.skeleton import H36M17
from tests import keypoint_files as files

J = {name: j for j, name in enumerate(H36M17.names)}
STAND_INS = ("Hip", "Spine", "Thorax", "Neck", "Head")


@pytest.fixture
def walk(rng):
    return files.walk(rng)


def test_layouts_that_can_be_told_are_those_there_are():
    assert get_args(Layout) == ("as detected", *LAYOUTS)
    for names in LAYOUTS.values():
        assert len(set(names)) == len(names)
        assert set(H36M17.names) - recipes(names).keys() <= {"Head"}


@pytest.mark.parametrize("name", files.WRITERS)
def test_limbs_come_in_where_they_were(tmp_path, walk, name):
    found = read_clip(files.WRITERS[name](tmp_path, walk))
    limbs = [j for joint, j in J.items() if joint[0] in "LR"]
    assert found.clip.visible.all()
    np.testing.assert_allclose(found.clip.keypoints[:, limbs], walk[:, limbs], atol=1e-3)
    np.testing.assert_allclose(found.clip.confidence, 1.0 if name == "videopose3d-2d" else 0.9)
    whole = name in ("npz", "videopose3d-2d", "zedo")
    if whole:
        np.testing.assert_allclose(found.clip.keypoints, walk, atol=1e-3)
    of_its_own = {"openpose": ("Hip", "Thorax")}.get(name, STAND_INS if whole else ())
    assert set(found.detected.derived) == set(STAND_INS) - set(of_its_own)


def test_stand_ins_are_mixed_of_their_parents_and_no_surer_than_the_least(tmp_path, rng):
    points = rng.uniform(0, 700, (17, 2))
    sure = rng.uniform(0.1, 1, 17)
    flat = np.column_stack([points, sure]).ravel().tolist()
    path = files.write(
        tmp_path / "a.json", [{"image_id": 4, "category_id": 1, "keypoints": flat, "score": 1}]
    )
    clip = read_clip(path, Corrections(layout="COCO-17")).clip
    at = dict(zip(LAYOUTS["COCO-17"], points))
    hip = (at["left_hip"] + at["right_hip"]) / 2
    thorax = (at["left_shoulder"] + at["right_shoulder"]) / 2
    face = (at["nose"] + at["left_ear"] + at["right_ear"]) / 3
    expected = {
        "Hip": hip,
        "Thorax": thorax,
        "Spine": (hip + thorax) / 2,
        "Neck": thorax + 0.625 * (face - thorax),
        "Head": thorax + 1.25 * (face - thorax),
    }
    for joint, place in expected.items():
        np.testing.assert_allclose(clip.keypoints[0, J[joint]], place)
        assert clip.derived[J[joint]]
    c = dict(zip(LAYOUTS["COCO-17"], sure))
    assert clip.confidence[0, J["Hip"]] == min(c["left_hip"], c["right_hip"])
    shoulders = min(c["left_shoulder"], c["right_shoulder"])
    for joint in ("Neck", "Head"):
        assert clip.confidence[0, J[joint]] == min(shoulders, c["nose"], c["left_ear"], c["right_ear"])


def test_what_was_not_seen_is_unobserved_and_so_is_what_would_follow_from_it(tmp_path, walk):
    points = files.in_layout(walk[:2], "COCO-17")
    told = files.rows(points)
    told[0][3 * LAYOUTS["COCO-17"].index("left_hip") + 2] = 0
    told[1][0] = float("nan")
    told[1][3 * LAYOUTS["COCO-17"].index("left_wrist")] = 1e9
    found = [{"image_id": i, "category_id": 1, "keypoints": flat, "score": 1} for i, flat in enumerate(told)]
    result = read_clip(files.write(tmp_path / "a.json", found))
    clip = result.clip
    assert [name for name, j in J.items() if not clip.visible[0, j]] == ["Hip", "LHip", "Spine"]
    assert [name for name, j in J.items() if not clip.visible[1, j]] == ["Neck", "Head", "LWrist"]
    assert not clip.confidence[~clip.visible].any()
    assert "1 keypoints lie far out of any image: taken for not seen" in result.detected.notes


@pytest.mark.parametrize("left_first", [False, True])
def test_legs_exchanged_against_the_arms_are_put_right_and_told(tmp_path, walk, left_first):
    order = [0, 4, 5, 6, 1, 2, 3, *range(7, 17)] if left_first else list(range(17))
    found = read_clip(files.npz(tmp_path, walk[:, order]))
    np.testing.assert_allclose(found.clip.keypoints, walk)
    assert ("left leg first" in found.detected.format) == left_first
    assert any("left leg is taken to come first" in note for note in found.detected.notes) == left_first
    told = read_clip(tmp_path / "ours.npz", Corrections(layout="H36M-17"))
    np.testing.assert_allclose(told.clip.keypoints, walk[:, order])


@pytest.mark.parametrize("layout", ["COCO-17", "H36M-17", "H36M-17, left leg first"])
def test_seventeen_joints_are_told_apart_by_their_bones(tmp_path, walk, layout):
    instances = [
        {"keypoints": frame.tolist(), "keypoint_scores": [1.0] * 17}
        for frame in files.in_layout(walk[:1], layout)
    ]
    found = read_clip(files.write(tmp_path / "a.json", instances))
    assert found.detected.format == f"MMPose, {layout}"
    np.testing.assert_allclose(found.clip.keypoints[0, [1, 4, 13]], walk[0, [1, 4, 13]])


def test_of_two_people_each_can_be_had_whatever_their_order_in_a_frame(tmp_path, walk):
    other = walk[:3] + [300, 0]
    for t in range(5):
        seen = [walk[t]] + ([other[t]] if t < 3 else [])
        flats = [flat for points in seen for flat in files.rows(files.in_layout(points[None], "BODY_25"))]
        people = [
            {"person_id": [-1], "pose_keypoints_2d": flat} for flat in (flats[::-1] if t % 2 else flats)
        ]
        files.write(tmp_path / f"clip_{t:03d}_keypoints.json", {"version": 1.3, "people": people})
    source = open_source(tmp_path / "clip_000_keypoints.json")
    first, second = (source.interpret(Corrections(person=person)) for person in (0, 1))
    assert first.detected.people == 2
    np.testing.assert_allclose(first.clip.keypoints[:, 1], walk[:, 1])
    np.testing.assert_allclose(second.clip.keypoints[:3, 1], other[:, 1])
    assert not second.clip.visible[3:].any()
    assert "2 of 5 frames do not show this person" in second.detected.notes
    assert "people are followed from frame to frame by where they are" in first.detected.notes
    with pytest.raises(FormatError, match="no person 2: choose one from 0 to 1"):
        source.interpret(Corrections(person=2))


def test_following_keeps_people_and_starts_new_ones(rng):
    here = rng.uniform(0, 100, (2, 9, 2)) + [[[0, 0]], [[500, 0]]]
    far = here[:1] + [0, 900]
    points = np.concatenate([here, here[::-1] + 3, far])
    np.testing.assert_array_equal(follow(points, np.array([0, 0, 1, 1, 2])), [0, 1, 1, 0, 2])
    later = np.concatenate([here, here])
    np.testing.assert_array_equal(follow(later, np.array([0, 0, 100, 100])), [0, 1, 2, 3])
    sizes = here * [[[1]], [[2]]]
    np.testing.assert_array_equal(by_size(sizes, np.array([3, 3])), [1, 0])


def test_a_folder_and_one_numbered_file_are_the_same_clip_and_gaps_are_kept(tmp_path, walk):
    files.openpose(tmp_path, walk)
    (tmp_path / "walk_000000000002_keypoints.json").unlink()
    files.write(tmp_path / "walk_000000000003_keypoints.json", {"version": 1.3, "people": []})
    files.write(tmp_path / "notes.json", {"people": "none"})
    whole = read_clip(tmp_path)
    one = read_clip(tmp_path / "walk_000000000001_keypoints.json")
    np.testing.assert_array_equal(whole.clip.visible.any(axis=1), [True, True, False, False, True])
    np.testing.assert_array_equal(whole.clip.keypoints, one.clip.keypoints)
    assert any("4 files" in note for note in whole.detected.notes)


def test_coco_annotations_tell_names_image_and_flags(tmp_path, walk):
    flat = files.rows(files.in_layout(walk[:1], "COCO-17"), confidence=2)[0]
    flat[2], flat[5] = 1, 0  # hidden, and not marked
    content = {
        "images": [{"id": 7, "width": 640, "height": 480}, {"id": 8, "width": 640, "height": 480}],
        "annotations": [
            {"id": 1, "image_id": 7, "category_id": 1, "keypoints": flat, "num_keypoints": 16},
            {"id": 2, "image_id": 7, "category_id": 1, "keypoints": [0] * 51, "num_keypoints": 0},
        ],
        "categories": [{"id": 1, "name": "person", "keypoints": list(LAYOUTS["COCO-17"])}],
    }
    found = read_clip(files.write(tmp_path / "a.json", content))
    assert found.detected.format == "COCO annotations, COCO-17"
    assert found.clip.image_size == (640, 480)
    assert found.detected.people == 1
    assert len(found.clip) == 2
    assert set(found.clip.confidence[0].tolist()) == {1.0}


def test_images_by_name_are_frames_and_their_people_go_by_size(tmp_path, walk, rng):
    entries = []
    for image, shift in (("b.png", 0), ("a.png", 4000), ("c.png", 9000)):
        for scale in (0.3, 1.0):
            points = files.in_layout(walk[:1], "COCO-17") * scale + shift + 1000 * rng.random()
            entries.append(
                {"image_id": image, "category_id": 1, "keypoints": files.rows(points)[0], "score": 1}
            )
    found = read_clip(files.write(tmp_path / "a.json", entries))
    assert len(found.clip) == 3
    assert found.detected.people == 2
    assert any("in order of size" in note for note in found.detected.notes)
    height = np.ptp(found.clip.keypoints[:, :, 1], axis=1)
    np.testing.assert_allclose(height, height[0])


def test_shares_of_an_image_need_its_size(tmp_path, walk):
    path = files.mediapipe(tmp_path, walk)
    content = json.loads(path.read_text())
    for side in ("width", "height"):
        del content[side]
    files.write(path, content)
    guessed = read_clip(path)
    assert any("size is not told" in note for note in guessed.detected.notes)
    assert guessed.clip.image_size == (1000, 1000)
    told = read_clip(path, Corrections(width=1280, height=720))
    assert not any("size is not told" in note for note in told.detected.notes)
    np.testing.assert_allclose(told.clip.keypoints[:, 1], walk[:, 1])


@pytest.mark.parametrize(
    "wrap",
    [
        lambda person: person,
        lambda person: {"pose_landmarks": person},
        lambda person: {"pose_landmarks": [person]},
        lambda person: {"poseLandmarks": {"landmark": person}},
        lambda person: [{"timestamp": 3, "landmarks": person}],
        lambda person: {"frames": [{"pose_landmarks": None}, {"pose_landmarks": person}]},
        lambda person: [[[p["x"], p["y"], 0, p["visibility"]] for p in person]],
    ],
)
def test_every_way_of_writing_landmarks(tmp_path, walk, wrap):
    shares = files.in_layout(walk[:1], "MediaPipe-33")[0] / files.SIZE
    person = [{"x": x, "y": y, "z": 0.0, "visibility": 0.8} for x, y in shares]
    path = files.write(tmp_path / "a.json", wrap(person))
    clip = open_source(path, "mediapipe").interpret(Corrections(width=1280, height=720)).clip
    np.testing.assert_allclose(clip.keypoints[-1, 16], walk[0, 16])
    np.testing.assert_allclose(clip.confidence[-1], 0.8)


def test_videopose3d_has_a_clip_for_every_action_and_camera(tmp_path, walk):
    source = open_source(files.videopose3d(tmp_path, walk))
    found = source.interpret(Corrections(take="S9 Sitting, camera 2"))
    assert len(found.detected.takes) == 8
    assert found.clip.image_size == (1000, 1000)
    assert found.clip.fps == 50
    with pytest.raises(FormatError, match="no clip 'S1 Sitting' among its 8"):
        source.interpret(Corrections(take="S1 Sitting"))


def test_zedo_brings_its_camera(tmp_path, walk):
    clip = read_clip(files.zedo(tmp_path, walk)).clip
    np.testing.assert_array_equal(clip.camera_K, np.repeat(files.CAMERA.K[None], 5, axis=0))


def test_what_gfpose_lift_takes_is_a_clip_too(tmp_path, walk):
    """`--input` as the README has it: confidences in a third column, the camera called K."""
    sure = np.linspace(0.1, 1, walk[..., 0].size).reshape(walk.shape[:2])
    sure[1, 3], walk[1, 3] = 0.0, np.nan
    told = np.concatenate([walk, sure[..., None]], axis=-1)
    np.savez(tmp_path / "in.npz", keypoints_2d=told, K=files.CAMERA.K)
    found = read_clip(tmp_path / "in.npz").clip
    np.testing.assert_allclose(found.confidence, sure)
    np.testing.assert_array_equal(found.visible, sure > 0)
    np.testing.assert_array_equal(found.camera_K, files.CAMERA.K)
    np.testing.assert_allclose(found.keypoints[sure > 0], walk[sure > 0])
    np.savez(tmp_path / "bad.npz", keypoints_2d=told * [1, 1, -1])
    with pytest.raises(FormatError, match="0 where a joint was not found"):
        read_clip(tmp_path / "bad.npz")


TABLES = {
    "wide": "frame,nose_x,nose_y,left_hip_x,left_hip_y,right_hip_x,right_hip_y\r\n"
    "0,10,20,30,40,50,60\r\n1,1,2,,,5,6\r\n",
    "spreadsheet": "\ufeffFrame;Joint;X;Y;Score\n0;nose;10,5;20;1\n0;left_hip;30;40;1\n0;right_hip;50;60;1\n",
    "tabs": "x\ty\tkeypoint\n10\t20\tnose\n30\t40\tleft hip\n50\t60\tright hip\n",
    "dots": "nose.x,nose.y,leftHip.x,leftHip.y,rightHip.x,rightHip.y\n10,20,30,40,50,60\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_say_by_their_header_what_they_hold(tmp_path, name):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLES[name].encode())
    clip = read_clip(path).clip
    np.testing.assert_allclose(clip.keypoints[0, [0, 4, 1]], [[40, 50], [30, 40], [50, 60]])
    if name == "wide":
        assert [bool(v) for v in clip.visible[1, [0, 4, 1]]] == [False, False, True]


def test_a_table_of_two_people_by_number_of_joint(tmp_path, walk):
    lines = ["frame,person,joint,x,y"]
    for t, frame in enumerate(walk):
        for who, shift in (("a", 0), ("b", 400)):
            lines += [f"{t},{who},{j},{x + shift},{y}" for j, (x, y) in enumerate(frame)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines))
    found = read_clip(path, Corrections(person=1))
    assert found.detected.people == 2
    np.testing.assert_allclose(found.clip.keypoints, walk + [400, 0])


WRONG = {
    "a list of numbers": ("[1, 2, 3]", "a.json is a JSON file, no clip"),
    "no person": ('{"version": 1.3, "people": []}', "nobody is in it"),
    "people is no list": ('{"version": 1.3, "people": {"a": 1}}', "people must be a list of objects"),
    "two of three": ('[{"image_id": 1, "keypoints": [1, 2]}]', "x, y and confidence of each point"),
    "words": ('[{"image_id": 1, "keypoints": ["a", 2, 1]}]', "no number"),
    "a huge number": ('[{"image_id": 1, "keypoints": [1' + "0" * 400 + ", 2, 1]}]", "no number"),
    "all not seen": (json.dumps([{"image_id": 1, "keypoints": [0, 0, 0] * 17}]), "no keypoint is seen"),
    "no layout": (json.dumps([{"image_id": 1, "keypoints": [1, 2, 1] * 19}]), "19 keypoints, and no layout"),
    "different counts": (
        json.dumps([{"image_id": i, "keypoints": [1, 2, 1] * i} for i in (17, 25)]),
        "some people have 17 keypoints, others 25",
    ),
    "a name for an image that is a list": ('[{"image_id": [], "keypoints": [1, 2, 1]}]', "image_id"),
    "in 3D": (
        json.dumps([{"keypoints": [[1, 2, 3]] * 17, "keypoint_scores": [1] * 17}]),
        "its keypoints are in 3D",
    ),
    "scores of fewer": (
        json.dumps([{"keypoints": [[1, 2]] * 17, "keypoint_scores": [1] * 16}]),
        "scores of shape",
    ),
    "no landmarks": ('{"pose_landmarks": [{"x": 1, "y": 2}]}', "no list of 33 landmarks"),
    "too deep": ('{"people": ' + "[" * 200_000 + "]" * 200_000 + "}", "nested too deep"),
    "cut short": ('{"people": [{"pose_keypoints_2d": [1, 2', "cut short"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_used_is_said_in_words(tmp_path, name):
    content, words = WRONG[name]
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(FormatError, match=r"^a\.json") as error:
        read_clip(tmp_path / "a.json")
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("frame,joint,x,y\n0,nose,1\n", "row 2 has 3 columns of 4"),
        ("frame,joint,x,y\n0,nose,1,b\n", "row 2: 'b' is no number"),
        ("frame,joint,x,y\n0,nose,1,2\n0,nose,1,2\n", "row 3 tells nose of frame 0 once more"),
        ("frame,joint,x,y\n0,3,1,2\n", "joints by number"),
        ("frame,joint,x,y\n0,left ear,1,2\n", "none of its points is a joint"),
        ("a,b\n1,2\n", "its first line must name the columns"),
        ("350.1,500.5,319.8\n353.3,499.6,323.5\n", "its first line must name the columns"),
        ("# gfpose, units px, fps\n1,2", "its first line must name the columns"),
        (
            "# gfpose, units px, fps x\nnose_x,nose_y,left_hip_x,left_hip_y,neck_x,neck_y\n1,2,3,4,5,6",
            "damaged",
        ),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, content, words):
    (tmp_path / "a.csv").write_text(content)
    with pytest.raises(FormatError, match=words):
        read_clip(tmp_path / "a.csv")


@pytest.mark.parametrize("columns", ["x{0},y{0},c{0}", "X_{0},Y_{0},conf_{0}", "{0}_x,{0}_y,{0}_c"])
def test_columns_by_number_are_in_the_order_of_a_layout(tmp_path, rng, columns):
    keypoints = files.walk(rng)
    lines = ["frame," + ",".join(columns.format(j) for j in range(17))]
    lines += [
        f"{t}," + ",".join(f"{x!r},{y!r},0.9" for x, y in frame) for t, frame in enumerate(keypoints.tolist())
    ]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    found = read_clip(tmp_path / "a.csv", Corrections(layout="H36M-17"))
    np.testing.assert_allclose(found.clip.keypoints, keypoints)
    assert "H36M-17" in found.detected.format


@pytest.mark.parametrize("told", ["at once", "of each", "of some others"])
def test_the_image_size_of_mediapipe_is_found_where_it_stands(tmp_path, walk, told):
    frames = json.loads(files.mediapipe(tmp_path, walk).read_text())["frames"]
    size = {"image_width": files.SIZE[0], "image_height": files.SIZE[1]}
    if told != "at once":
        frames = [frame | size for frame in frames]
    frames[0] |= {"image_width": 99} if told == "of some others" else {}
    content = size | {"frames": frames} if told == "at once" else frames
    found = read_clip(files.write(tmp_path / "m.json", content))
    if told == "of some others":
        assert "images of 2 different sizes" in found.detected.notes
        return
    assert found.clip.image_size == files.SIZE
    np.testing.assert_allclose(found.clip.keypoints[:, J["LKnee"]], walk[:, J["LKnee"]], atol=1e-3)


def test_two_videos_in_a_folder_of_openpose_are_two_clips(tmp_path, walk):
    files.openpose(tmp_path, walk)
    for file in sorted(tmp_path.glob("walk_*"))[:3]:
        (tmp_path / file.name.replace("walk", "run")).write_text(file.read_text())
    found = read_clip(tmp_path)
    assert found.detected.takes == ("walk", "run")
    assert (len(found.clip), found.detected.people) == (5, 1)
    assert "clip: walk" in found.detected.notes
    assert len(read_clip(tmp_path, Corrections(take="run")).clip) == 3
    with pytest.raises(FormatError, match="there is no clip 'fly' among its 2: walk, run"):
        read_clip(tmp_path, Corrections(take="fly"))
