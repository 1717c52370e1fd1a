"""BVH as any program writes it, and files that are damaged or hostile."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Corrections, open_source, read_clip
from gfpose_core.io.mocap.bvh import Motion, parse
from gfpose_core.io.text import read_text
from gfpose_core.skeleton import H36M17
from tests.samples import a_bvh, people

TINY = """HIERARCHY
ROOT hip
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
  JOINT knee
  {
    OFFSET 0 -4 0
    CHANNELS 3 Xrotation Yrotation Zrotation
    End Site
    {
      OFFSET 0 -5 1
    }
  }
}
MOTION
Frames: 2
Frame Time: 0.0333333
0 9 0 0 0 0 0 0 0
1 9 2 90 0 0 0 90 0
"""


def literally(motion: Motion, frame: int) -> np.ndarray:
    """Places of all joints by 4 x 4 matrices, one joint and one channel at a time; positions are absolute."""
    placed, row = [], list(motion.values[frame])
    for parent, offset, channels in zip(motion.parents, motion.offsets, motion.channels):
        local = np.eye(4)
        local[:3, 3] = offset
        turn = Rotation.identity()
        for channel in channels:
            value = row.pop(0)
            if channel.endswith("position"):
                local["XYZ".index(channel[0]), 3] = value
            else:
                turn = turn * Rotation.from_euler(channel[0], value, degrees=True)
        local[:3, :3] = turn.as_matrix()
        placed.append(placed[parent] @ local if parent >= 0 else local)
    return np.array([matrix[:3, 3] for matrix in placed])


def test_a_small_file_by_hand():
    motion = parse(TINY)
    assert motion.names == ("hip", "knee", "knee End Site")
    assert motion.fps == 30
    np.testing.assert_allclose(motion.points()[0], [[0, 9, 0], [0, 5, 0], [0, 0, 1]], atol=1e-12)
    # turned by 90 degrees about z: down becomes +x; the knee by 90 about y: its +z becomes +x, here +y
    np.testing.assert_allclose(motion.points()[1], [[1, 9, 2], [5, 9, 2], [10, 10, 2]], atol=1e-12)


@given(
    order=st.permutations(["Xrotation", "Yrotation", "Zrotation"]),
    more=st.lists(st.sampled_from(["Xposition", "Yposition", "Zposition"]), unique=True),
    seed=st.integers(0, 99),
)
def test_any_order_of_channels_on_any_joint(order, more, seed):
    rng = np.random.default_rng(seed)
    offsets = rng.normal(0, 1, (4, 3))
    channels = [
        ("Xposition", "Yposition", "Zposition", *order), tuple(order), (*more, *reversed(order)), (),
    ]  # fmt: skip
    offsets[0] = 0
    values = rng.uniform(-180, 180, (3, sum(map(len, channels))))
    at = 9
    for channel in channels[2]:  # places about the offset
        if channel.endswith("position"):
            values[:, at] = offsets[2]["XYZ".index(channel[0])]
        at += 1
    motion = Motion(
        ("a", "b", "c", "c End Site"), np.array([-1, 0, 1, 2]), offsets, tuple(channels), values, "1"
    )
    for frame in range(3):
        np.testing.assert_allclose(motion.points()[frame], literally(motion, frame), atol=1e-9)


@pytest.mark.parametrize(
    ("written", "fps"),
    [
        ("0.0333333", 30),
        ("0.00833333", 120),
        (".04", 25),
        (".008333", 120),
        ("8.333e-3", 120),
        ("0.0167", 60),
        ("0.016683", 1 / 0.016683),
        ("2", 0.5),
    ],
)
def test_the_frame_rate_is_what_was_meant(written, fps):
    assert parse(TINY.replace("0.0333333", written)).fps == pytest.approx(fps, rel=1e-12)


def test_a_person_is_read_in_millimetres_whatever_the_unit(tmp_path, rng):
    poses = people(rng, 5)
    for mm, words in ((10, "centimetres"), (25.4, "inches"), (1000, "metres"), (25.4 / 0.45, "CMU units")):
        path = a_bvh(tmp_path / "a.bvh", poses / mm)
        found = read_clip(path)
        assert found.detected.units.startswith(words)
        assert (found.detected.up, found.detected.facing) == ("y", "z")
        joints = [j for j in range(17) if H36M17.names[j] not in ("Hip", "Spine", "Head")]
        np.testing.assert_allclose(found.clip.poses[:, joints], poses[:, joints], atol=5e-3)
        hips = poses[:, [1, 4]].mean(axis=1)
        np.testing.assert_allclose(found.clip.poses[:, 0], hips, atol=5e-3)
        assert found.detected.derived == ("Head",)
        assert found.clip.observed.all()


def test_several_people_are_chosen_from_and_props_passed_over(tmp_path, rng):
    first, second = people(rng, 3), people(rng, 3) + [900, 0, 0]
    head, motion = a_bvh(tmp_path / "a.bvh", first / 10).read_text().split("MOTION")
    other_head, other = a_bvh(tmp_path / "b.bvh", second / 10).read_text().split("MOTION")
    prop = "ROOT ball\n{\nOFFSET 0 0 0\nCHANNELS 3 Xposition Yposition Zposition\n}\n"
    rows, others = (text.strip().split("\n") for text in (motion, other))
    text = head + prop + other_head.replace("HIERARCHY", "") + "MOTION\n" + "\n".join(rows[:2])
    text += "\n" + "\n".join(f"{a} 1 2 3 {b}" for a, b in zip(rows[2:], others[2:]))
    (tmp_path / "c.bvh").write_text(text)
    source = open_source(tmp_path / "c.bvh")
    assert source.interpret(Corrections()).detected.people == 2
    for person, poses in enumerate((first, second)):
        clip = source.interpret(Corrections(person=person)).clip
        np.testing.assert_allclose(clip.poses[:, 3], poses[:, 3], atol=1e-3)
    with pytest.raises(FormatError, match="choose 0 to 1"):
        source.interpret(Corrections(person=2))


@pytest.mark.parametrize("change", ["crlf", "bom", "latin-1", "one line", "loud", "spaced names", "tabs"])
def test_files_look_different_and_mean_the_same(tmp_path, change):
    text, wanted = TINY, parse(TINY)
    head, _, rest = TINY.partition("MOTION")
    content = {
        "crlf": text.replace("\n", "\r\n").encode(),
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "latin-1": text.replace("hip", "hüfte").encode("latin-1"),
        "one line": f"{' '.join(head.split())}\nMOTION{rest}".encode(),
        "loud": text.replace("HIERARCHY", "hierarchy").replace("Zrotation", "ZROTATION").encode(),
        "spaced names": text.replace("ROOT hip", "ROOT Bip01 Pelvis  ").encode(),
        "tabs": text.replace(" ", "\t").encode(),
    }[change]
    (tmp_path / "ä ü.bvh").write_bytes(content)
    found = parse(read_text(tmp_path / "ä ü.bvh"))
    np.testing.assert_array_equal(found.values, wanted.values)
    np.testing.assert_array_equal(found.offsets, wanted.offsets)
    assert found.names[0] in ("hip", "hüfte", "Bip01 Pelvis")


HOSTILE = {
    "no motion": (TINY.split("MOTION")[0], "no line MOTION"),
    "no frames": (TINY.replace("Frames: 2", "Frames: 0"), "nothing to play"),
    "no time": (TINY.replace("0.0333333", "0"), "nothing to play"),
    "countless": (TINY.replace("Frames: 2", "Frames: 999999999999"), "too many"),
    "too few": (TINY.replace("Frames: 2", "Frames: 3"), "says it has 3 frames and holds 2"),
    "too many": (TINY.replace("Frames: 2", "Frames: 1"), "says it has 1 frames and holds 2"),
    "cut in a frame": (TINY[:-7], "damaged or cut short"),
    "one number too few": (TINY.rstrip().rpartition(" ")[0] + "\n", r"damaged or cut short \([^`]*\)$"),
    "narrow": (TINY.replace(" 0\n1", "\n1").replace("0 90 0\n", "0 90\n"), "8 numbers, its joints 9"),
    "text": (TINY.replace("1 9 2", "1 x 2"), "damaged or cut short"),
    "comma": (TINY.replace("1 9 2", "1,0 9 2"), "damaged or cut short"),
    "nan": (TINY.replace("1 9 2", "1 nan 2"), "frame 2 holds values"),
    "infinite": (TINY.replace("1 9 2", "1 -inf 2"), "frame 2 holds values"),
    "huge": (TINY.replace("1 9 2", "1 1e300 2"), "frame 2 holds values"),
    "huge offset": (TINY.replace("OFFSET 0 -4 0", "OFFSET 0 -4e99 0"), "offsets that are no lengths"),
    "no offset": (TINY.replace("    OFFSET 0 -4 0\n", "") + "", "without an OFFSET"),
    "open": (TINY.replace("}\nMOTION", "MOTION"), "does not end before MOTION"),
    "closed twice": (TINY.replace("}\nMOTION", "}\n}\nMOTION"), "outside of a joint"),
    "a brace": (TINY.replace("ROOT hip\n{", "{"), "without a joint"),
    "no brace": (TINY.replace("JOINT knee\n  {", "JOINT knee\n"), "outside of a joint"),
    "channels": (TINY.replace("CHANNELS 3", "CHANNELS 4"), "CHANNELS says 4, and lists 3"),
    "many channels": (TINY.replace("CHANNELS 3", "CHANNELS 99999999999999999999"), "and lists 3"),
    "same channels": (TINY.replace("CHANNELS 3 Xrotation Y", "CHANNELS 3 Yrotation Y"), "CHANNELS says"),
    "unknown": (TINY.replace("JOINT knee", "BONE knee"), "line 6: 'BONE' cannot be understood"),
    "still": (TINY.replace("CHANNELS 3 Xrotation Yrotation Zrotation", "").replace(
        "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation", ""), "nothing moves"),
    "nobody": (TINY, "none of its points is a joint"),
    "only the first line": ("HIERARCHY\n", "no line MOTION"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_damage_is_refused_in_words(tmp_path, case):
    text, words = HOSTILE[case]
    (tmp_path / "a.bvh").write_text(text)
    with pytest.raises(FormatError, match=words):
        read_clip(tmp_path / "a.bvh")


@pytest.mark.parametrize("much", ["\n", " ", "1", "OFFSET 0 0 ", "Frames: "])
@pytest.mark.parametrize("before", ["  OFFSET 0 -4 0", "MOTION", "Frames:"])
def test_a_lot_of_nothing_is_refused_in_time_that_grows_with_it(much, before):
    """A pattern that tries each of its places again takes minutes over this (one did)."""
    with pytest.raises(FormatError):
        parse(TINY.replace(before, 200_000 * much + "x" + before.lstrip()))


def test_deep_nesting_is_no_trouble():
    deep = 3000
    joint = "JOINT j\n{\nOFFSET 0 1 0\nCHANNELS 1 Xrotation\n"
    text = TINY.replace("  JOINT knee", joint * deep + "  JOINT knee").replace(
        "}\nMOTION", "}\n" * deep + "}\nMOTION"
    )
    text = "\n".join(
        row + " 0" * deep if row.count(" ") == 8 and row[0] in "01" else row for row in text.split("\n")
    )
    motion = parse(text)
    assert len(motion.names) == deep + 3
    assert motion.points()[0, -1, 1] == pytest.approx(9 + deep - 9)


@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_never_more(tmp_path_factory, data):
    lines = TINY.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        i = data.draw(st.integers(0, len(lines) - 1))
        damage = data.draw(st.sampled_from(["drop", "twice", "swap", "text"]))
        if damage == "drop":
            lines.pop(i)
        elif damage == "twice":
            lines.insert(i, lines[i])
        elif damage == "swap":
            j = data.draw(st.integers(0, len(lines) - 1))
            lines[i], lines[j] = lines[j], lines[i]
        else:
            lines[i] = data.draw(st.text(max_size=20))
    try:
        motion = parse("\n".join(lines))
    except FormatError:
        return
    assert np.isfinite(motion.points()).all()


def test_captures_of_two_programs(shared: Path):
    raw = shared / "data/raw"
    for name, frames, fps, make in (
        ("cmu_02_03_iclone.bvh", 86, 60, "Character Creator names"),
        ("cmu_10_03_daz.bvh", 363, 120, "Poser and DAZ names"),
    ):
        detected = read_clip(raw / name).detected
        assert (detected.frames, detected.fps, detected.format) == (frames, fps, f"BVH, {make}")
        assert detected.units.startswith("centimetres")
        assert (detected.up, detected.sides, detected.missing) == ("y", "as named", ())


def test_a_take_agrees_with_the_same_take_through_another_conversion(shared: Path):
    """Limb directions, which retargeting keeps; spine and collars are each program's own."""
    import h5py

    with h5py.File(shared / "data/cmu_h36m17.h5") as file:
        group = file["test"]
        index = [name.decode() for name in group["clip_names"][()]].index("02_03")
        other = group["positions"][()][group["clip_index"][()] == index].astype(float)
    poses = read_clip(shared / "data/raw/cmu_02_03_iclone.bvh").clip.poses[::2]  # 60 to 30 a second
    limbs = list(itertools.chain(((1, 2), (2, 3), (4, 5), (5, 6)), ((11, 12), (12, 13), (14, 15), (15, 16))))
    above, below = np.array(limbs).T

    def directions(points: np.ndarray) -> np.ndarray:
        bones = points[: len(poses), below] - points[: len(poses), above]
        return bones / np.linalg.norm(bones, axis=-1, keepdims=True)

    cosine = (directions(poses) * directions(other)).sum(axis=-1)
    assert np.rad2deg(np.arccos(np.clip(cosine, -1, 1))).mean() < 6
