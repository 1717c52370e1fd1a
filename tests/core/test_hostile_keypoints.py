"""Files of keypoints that are damaged or meant to do harm: read, or one clear error, in bounded memory."""

import json
import os
import tempfile
import tracemalloc
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfpose_core.errors import FormatError
from gfpose_core.io import npz, text
from gfpose_core.io.importing import Corrections, open_source, read_clip
from gfpose_core.io.keypoints import json_files
from tests.keypoint_files import WRITERS, walk

KEYS = (
    "people", "pose_keypoints_2d", "person_id", "image_id", "keypoints", "score", "category_id", "images",
    "annotations", "categories", "id", "width", "height", "keypoint_scores", "frame_id", "instances", "bbox",
    "instance_info", "meta_info", "keypoint_id2name", "pose_landmarks", "landmark", "x", "y", "visibility",
    "frames", "track_id", "fps",
)  # fmt: skip
NAMES = ("openpose", "mmpose", "mediapipe", "coco")

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats()
    | st.sampled_from(["", "0", "nose", "\x00", "\ud800"])
)
trees = st.recursive(
    scalars | st.lists(st.floats(-1e3, 1e3), min_size=51, max_size=51),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


@contextmanager
def a_file(content: bytes, suffix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{suffix}"
        path.write_bytes(content)
        yield path


def read_or_refuse(path: Path, name: str | None = None) -> None:
    try:
        clip = read_clip(path, name=name).clip
    except FormatError as error:
        assert "file" in str(error)  # noqa: PT017 - it names the file
        return
    places = getattr(clip, "keypoints", None)
    if places is not None:
        assert np.isfinite(places[clip.visible]).all()
        assert ((clip.confidence >= 0) & (clip.confidence <= 1)).all()


@pytest.mark.parametrize("name", NAMES)
@given(tree=trees)
def test_any_json_is_read_or_refused(name, tree):
    with a_file(json.dumps(tree).encode(errors="surrogatepass"), ".json") as path:
        read_or_refuse(path, name)
        read_or_refuse(path)


@pytest.mark.parametrize("name", sorted(WRITERS))
@given(data=st.data())
def test_any_damage_is_read_or_refused(name, data):
    content = good(name)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        until = min(len(content), at + data.draw(st.integers(0, 30)))
        content = content[:at] + data.draw(st.binary(max_size=12)) + content[until:]
        content = content or b" "
    with a_file(content, ".csv" if name == "csv" else ".json") as path:
        read_or_refuse(path, name)
        read_or_refuse(path)


def good(name: str, kept: dict[str, bytes] = {}) -> bytes:  # noqa: B006 - what was made before
    if name not in kept:
        with tempfile.TemporaryDirectory() as folder:
            path = WRITERS[name](Path(folder), walk(np.random.default_rng(0), 2))
            kept[name] = (sorted(path.iterdir())[0] if path.is_dir() else path).read_bytes()
    return kept[name]


@given(st.text(alphabet="framejointxy,;\t\n\r\"'0123456789.-enaif_", max_size=300))
def test_any_table_is_read_or_refused(text):
    with a_file(b"frame,joint,x,y\n" + text.encode(), ".csv") as path:
        read_or_refuse(path, "csv")
    with a_file(text.encode(), ".csv") as path:
        read_or_refuse(path)


def test_numbers_that_are_none_are_not_seen(tmp_path):
    told = [float("nan"), 5, 1] + [float("inf"), 5, 1] + [-1e300, 5, 1] + [5, 5, float("nan")] * 14
    (tmp_path / "a.json").write_text(json.dumps([{"image_id": 1, "category_id": 1, "keypoints": told}]))
    clip = read_clip(tmp_path / "a.json", Corrections(layout="COCO-17")).clip
    assert not clip.visible[0, [9, 10]].any()
    assert clip.visible[0, [11, 16]].all()


def test_an_archive_that_claims_to_be_enormous(tmp_path):
    path = tmp_path / "a.npz"
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (%d, 17, 3), }"
    with zipfile.ZipFile(path, "w") as archive:
        for name, shape in (("kpts", header % 10**9), ("K", header.replace(b"17, ", b"3, ") % 10**9)):
            text = shape + b" " * (117 - len(shape)) + b"\n"
            archive.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
    tracemalloc.start()
    with pytest.raises(FormatError, match=r"a\.npz"):
        open_source(path, "zedo")
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(npz, "MOST_BYTES", 10**6)
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("positions_2d.npy", bytes(10**7))
    with pytest.raises(FormatError, match="positions_2d unpacks to"):
        open_source(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("views", "words"),
    [([[[1, 2], [3]]], "lists of different lengths"), (np.array(3.0), "S1 Walking is no list of cameras")],
)
def test_keypoints_that_are_no_arrays(tmp_path, views, words):
    np.savez(tmp_path / "a.npz", positions_2d=np.array({"S1": {"Walking": views}}, dtype=object))
    with pytest.raises(FormatError, match=words):
        read_clip(tmp_path / "a.npz")


def test_a_pickle_with_code_runs_none(tmp_path):
    class Code:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "made"),)

    np.savez(tmp_path / "a.npz", positions_2d=np.array({"S1": Code()}, dtype=object))
    with pytest.raises(FormatError, match="would run code"):
        open_source(tmp_path / "a.npz")
    assert not (tmp_path / "made").exists()


def test_a_file_larger_than_is_read(tmp_path, monkeypatch):
    for module in (json_files, text):
        monkeypatch.setattr(module, "MOST_BYTES", 1000)
    (tmp_path / "a.json").write_text('{"people": [' + " " * 2000 + "]}")
    for name in sorted({*NAMES, "csv"}):
        with pytest.raises(FormatError, match="cut it into"):
            open_source(tmp_path / "a.json", name)


def test_a_folder_is_no_larger_than_a_file_may_be(tmp_path, monkeypatch, rng):
    monkeypatch.setattr(json_files, "MOST_BYTES", 2000)
    WRITERS["openpose"](tmp_path, walk(rng))
    with pytest.raises(FormatError, match="cut it into"):
        open_source(tmp_path)


def test_many_people_in_a_frame_take_no_square_of_time(tmp_path):
    flat = [float(v) for k in range(17) for v in (k * 7 % 11, k * 5 % 13, 1)]
    people = [{"pose_keypoints_2d": [v + 30 * i for v in flat]} for i in range(3000)]
    for frame in range(2):
        text = json.dumps({"version": 1.3, "people": people})
        (tmp_path / f"a_{frame}_keypoints.json").write_text(text)
    found = read_clip(tmp_path, Corrections(layout="COCO-17"))
    assert found.detected.people <= 128
    assert any("only the first 64" in note for note in found.detected.notes)


def test_frames_far_apart_take_no_room(tmp_path, rng):
    lines = ["frame,joint,x,y"]
    lines += [f"{t},{j},{x},{y}" for t in (0, 10**12) for j, (x, y) in enumerate(walk(rng, 1)[0])]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    assert len(read_clip(tmp_path / "a.csv").clip) == 2


def test_places_that_are_no_ordinary_file(tmp_path):
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(FormatError, match="cannot be read"):
        read_clip(tmp_path / "one")
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(FormatError, match="a pipe or a device"):
        read_clip(tmp_path / "pipe.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="a folder, no clip"):
        read_clip(tmp_path / "empty")
    (tmp_path / "empty" / "a.json").symlink_to(tmp_path / "one")
    (tmp_path / "empty" / "b.json").mkdir()
    with pytest.raises(FormatError, match="a folder, no clip"):
        read_clip(tmp_path / "empty")


def test_a_file_that_goes_or_changes_while_it_is_read(tmp_path, rng, monkeypatch):
    folder = WRITERS["openpose"](tmp_path, walk(rng))
    last = sorted(folder.iterdir())[-1]
    real = json_files.read_json

    def and_the_last_goes(path, *args):
        last.unlink(missing_ok=True)
        return real(path, *args)

    monkeypatch.setattr(json_files, "read_json", and_the_last_goes)
    with pytest.raises(FormatError, match=f"{last.name}: it cannot be read"):
        read_clip(folder)


def test_a_file_that_grows_is_read_no_further_than_allowed(tmp_path, rng, monkeypatch):
    path = WRITERS["coco"](tmp_path, walk(rng))
    monkeypatch.setattr(json_files, "MOST_BYTES", path.stat().st_size)
    read_clip(path)
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(FormatError, match="cut it into"):
        read_clip(path)
