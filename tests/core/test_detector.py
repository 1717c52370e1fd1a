"""Photos to keypoints: by a stand-in for MediaPipe everywhere, and by MediaPipe itself where it is."""

import gc
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gfpose_core as gp
from gfpose_core.cli import main
from gfpose_core.errors import FormatError, GfposeError
from gfpose_core.io import photos
from gfpose_core.io.importing import Corrections, read_clip
from gfpose_core.io.keypoints import detector
from gfpose_core.io.keypoints.layouts import LAYOUTS
from gfpose_core.io.magic import POSE_MODEL
from gfpose_core.io.photos import read_photo
from gfpose_core.skeleton import H36M17
from tests import fake_mediapipe
from tests.constant_model import CROP, write_model
from tests.fake_mediapipe import a_model
from tests.keypoint_files import SIZE, in_layout, walk

Image = pytest.importorskip("PIL.Image")
POINTS = LAYOUTS["MediaPipe-33"]


@pytest.fixture
def mediapipe(monkeypatch):
    return fake_mediapipe.install(monkeypatch)


@pytest.fixture
def seen(rng) -> np.ndarray:
    """(17, 2) px, somebody in a picture of SIZE."""
    return walk(rng, 1)[0]


def person(keypoints: np.ndarray, visibility: float = 0.9) -> np.ndarray:
    """(33, 3) as MediaPipe tells them."""
    shares = in_layout(keypoints[None], "MediaPipe-33")[0] / SIZE
    return np.concatenate([shares, np.full((33, 1), visibility)], axis=1)


@pytest.fixture
def photo(tmp_path) -> Path:
    Image.linear_gradient("L").resize(SIZE).convert("RGB").save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


@pytest.fixture
def model(tmp_path) -> Path:
    return a_model(tmp_path / "pose_landmarker_full.task")


class TestFinding:
    def test_joints_are_where_the_landmarks_are_in_pixels_of_the_photo(self, mediapipe, photo, model, seen):
        mediapipe.people = [person(seen, 0.8)]
        found = detector.detect(photo, model)
        clip, detected = found.clip, found.detected
        assert detected.format == "MediaPipe, MediaPipe-33"
        assert clip.image_size == SIZE
        limbs = [j for j, name in enumerate(H36M17.names) if name[0] in "LR"]
        np.testing.assert_allclose(clip.keypoints[0, limbs], seen[limbs], atol=1e-6)
        assert set(detected.derived) == {"Hip", "Spine", "Thorax", "Neck", "Head"}
        np.testing.assert_allclose(clip.confidence[0], 0.8)
        assert mediapipe.models == [str(model)]
        np.testing.assert_array_equal(mediapipe.images[0], np.asarray(Image.open(photo)))

    def test_what_is_hardly_visible_is_not_seen(self, mediapipe, photo, model, seen):
        somebody = person(seen)
        somebody[POINTS.index("left_ankle"), 2] = 0.49
        somebody[POINTS.index("right_hip"), 2] = 0.1
        mediapipe.people = [somebody]
        clip = detector.detect(photo, model).clip
        gone = {H36M17.names[j] for j in np.flatnonzero(~clip.visible[0])}
        assert gone == {"LAnkle", "RHip", "Hip", "Spine"}  # and what would be made of it
        assert np.isnan(clip.keypoints[~clip.visible]).all()

    def test_the_largest_person_comes_first_and_another_can_be_chosen(self, mediapipe, photo, model, seen):
        middle = seen.mean(axis=0)
        sizes = [0.5, 1.0, 0.7]
        mediapipe.people = [person(middle + (seen - middle) * size) for size in sizes]
        mediapipe.people[1][:, 2] = np.where(np.arange(33) < 25, 0.9, 0.0)  # the largest, half hidden
        spans = []
        for which in range(3):
            found = detector.detect(photo, model, Corrections(person=which))
            assert found.detected.people == 3
            spans.append(found.clip.keypoints[0, 14, 0] - found.clip.keypoints[0, 11, 0])
        shoulders = seen[14, 0] - seen[11, 0]
        np.testing.assert_allclose(spans, [shoulders, 0.7 * shoulders, 0.5 * shoulders], atol=1e-6)

    def test_a_photo_taken_sideways_is_looked_at_upright(self, mediapipe, tmp_path, model, seen):
        sideways = Image.new("RGB", (40, 60), "red")
        exif = Image.Exif()
        exif[0x0112] = 6
        sideways.save(tmp_path / "turned.jpg", exif=exif)
        mediapipe.people = [person(seen)]
        assert detector.detect(tmp_path / "turned.jpg", model).clip.image_size == (60, 40)
        assert mediapipe.images[0].shape == (40, 60, 3)

    def test_a_picture_that_is_scaled_counts_in_full(self, mediapipe, model, seen):
        mediapipe.people = [person(seen)]
        small = np.zeros((72, 128, 3), np.uint8)
        clip = detector.find_people(small, model, SIZE).interpret(Corrections()).clip
        np.testing.assert_allclose(clip.keypoints[0, 3], seen[3], atol=1e-6)

    def test_somebody_hardly_likely_is_found_at_a_second_look_which_is_said(
        self, mediapipe, photo, model, seen
    ):
        mediapipe.people, mediapipe.sure = [person(seen)], 0.4
        found = detector.detect(photo, model)
        assert "the model is hardly sure that this is a person: check the joints" in found.detected.notes
        mediapipe.sure = 0.5
        assert not detector.detect(photo, model).detected.notes
        mediapipe.sure = 0.2
        with pytest.raises(FormatError, match="nobody was found"):
            detector.detect(photo, model)

    def test_other_programs_are_not_sent_to_opencvs_plugins(self, mediapipe, photo, model, seen):
        mediapipe.people = [person(seen)]
        before = dict(os.environ)
        detector.detect(photo, model)
        assert dict(os.environ) == before


class TestPhotos:
    def test_of_16_bits_the_upper_eight_are_looked_at(self, tmp_path):
        grey = np.arange(256, dtype=np.uint16).reshape(16, 16) * 257
        for name in ("grey.png", "grey.tiff"):
            Image.fromarray(grey).save(tmp_path / name)
            pixels, _ = read_photo(tmp_path / name)
            np.testing.assert_array_equal(pixels[..., 1].ravel(), np.arange(256))

    def test_what_is_transparent_is_black_whatever_lies_under_it(self, tmp_path):
        pixels = np.full((2, 2, 4), 200, np.uint8)
        pixels[..., 3] = [[255, 0], [0, 255]]
        Image.fromarray(pixels).save(tmp_path / "cut_out.png")
        np.testing.assert_array_equal(read_photo(tmp_path / "cut_out.png")[0][..., 0], [[200, 0], [0, 200]])

    @pytest.mark.parametrize("suffix", ["jpg", "png"])
    def test_a_large_one_is_scaled_and_its_joints_are_not(
        self, mediapipe, tmp_path, model, seen, suffix, monkeypatch
    ):
        monkeypatch.setattr(photos, "MOST_SIDE", 400)
        exif = Image.Exif()
        exif[0x0112] = 8
        Image.new("RGB", SIZE[::-1], "red").save(tmp_path / f"large.{suffix}", exif=exif)
        mediapipe.people = [person(seen)]
        clip = detector.detect(tmp_path / f"large.{suffix}", model).clip
        assert mediapipe.images[0].shape == (225, 400, 3)
        assert clip.image_size == SIZE
        np.testing.assert_allclose(clip.keypoints[0, 3], seen[3], atol=1e-6)

    def test_refusals_say_what_to_do(self, tmp_path):
        Image.new("1", (20_000, 20_000)).save(tmp_path / "endless.png")
        (tmp_path / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic" + bytes(64))
        for name, words in (
            ("endless.png", "more than 179 megapixels: scale it down"),
            ("phone.heic", r"is a picture \(HEIC\) that is not read here: save it as JPEG"),
        ):
            with pytest.raises(FormatError, match=words):
                read_photo(tmp_path / name)


class TestRefusals:
    def test_nobody(self, mediapipe, photo, model):
        with pytest.raises(FormatError, match=r"photo\.png: nobody was found: place the joints by hand"):
            detector.detect(photo, model)

    def test_somebody_of_whom_nothing_is_visible(self, mediapipe, photo, model, seen):
        mediapipe.people = [person(seen, 0.2)]
        with pytest.raises(FormatError, match="no joint of H36M-17 is seen"):
            detector.detect(photo, model)

    def test_a_person_who_is_not_there(self, mediapipe, photo, model, seen):
        mediapipe.people = [person(seen)]
        with pytest.raises(FormatError, match="there is no person 1"):
            detector.detect(photo, model, Corrections(person=1))

    def test_what_the_library_refuses(self, mediapipe, photo, model):
        mediapipe.error = RuntimeError("The model is not a valid Flatbuffer buffer")
        with pytest.raises(FormatError, match=r"cannot use pose_landmarker_full\.task \(The model is not"):
            detector.detect(photo, model)

    def test_no_library(self, monkeypatch, photo, model):
        fake_mediapipe.uninstall(monkeypatch)
        assert 'pip install "gfpose-viewer[detect]"' in detector.missing()
        with pytest.raises(GfposeError, match=r'pip install "gfpose-viewer\[detect\]"'):
            detector.detect(photo, model)

    def test_a_library_that_does_not_load(self, monkeypatch, photo, model):
        fake_mediapipe.install(monkeypatch)

        def exec_module(finder, module):
            raise OSError("libEGL.so.1: cannot open shared object file")

        monkeypatch.setattr(fake_mediapipe._Finder, "exec_module", exec_module)
        with pytest.raises(GfposeError, match=r"MediaPipe cannot be loaded \(libEGL"):
            detector.detect(photo, model)
        assert "mediapipe" not in sys.modules

    def test_a_library_of_the_system_that_is_missing(self, mediapipe, photo, model):
        mediapipe.error = OSError("libGLESv2.so.2: cannot open shared object file")
        with pytest.raises(GfposeError, match=r"cannot be loaded \(libGLESv2.*: install what is missing"):
            detector.detect(photo, model)

    @pytest.mark.parametrize("name", ["text.txt", "cut.png", "none.png"])
    def test_no_photo(self, mediapipe, photo, model, tmp_path, name):
        (tmp_path / "text.txt").write_text("hello")
        (tmp_path / "cut.png").write_bytes(photo.read_bytes()[: photo.stat().st_size // 2])
        with pytest.raises(FormatError, match=r"no photo|damaged picture|there is no file"):
            detector.detect(tmp_path / name, model)


class TestModels:
    def test_one_is_known_by_its_content_without_the_library(self, monkeypatch, model, tmp_path):
        fake_mediapipe.uninstall(monkeypatch)
        detector.check_model(model)
        model.rename(tmp_path / "other.zip")
        detector.check_model(tmp_path / "other.zip")

    def test_other_files_are_refused_with_what_to_choose(self, tmp_path, photo):
        with zipfile.ZipFile(tmp_path / "hand.task", "w") as archive:
            archive.writestr("hand_detector.tflite", b"x")
        for path in (tmp_path / "hand.task", photo, tmp_path):
            with pytest.raises(FormatError, match="no model of MediaPipe's Pose Landmarker: choose its pose"):
                detector.check_model(path)
        with pytest.raises(FormatError, match="there is no file"):
            detector.check_model(tmp_path / "gone.task")

    def test_damaged_ones_are_refused(self, tmp_path, model, monkeypatch):
        for path in (
            a_model(tmp_path / "packed.task", compression=zipfile.ZIP_DEFLATED),
            a_model(tmp_path / "else.task", body=b"\x1c\0\0\0ELF3"),
        ):
            with pytest.raises(FormatError, match="packed anew or damaged"):
                detector.check_model(path)
        content = bytearray(model.read_bytes())
        content[content.index(b"TFL3") + 20] ^= 1  # among the weights
        (tmp_path / "bit.task").write_bytes(content)
        with pytest.raises(FormatError, match=r"bit\.task is cut short or damaged .*download it again"):
            detector.check_model(tmp_path / "bit.task")
        monkeypatch.setattr(detector, "MOST_BYTES", 100)
        with pytest.raises(FormatError, match="more than any pose model"):
            detector.check_model(model)

    @given(data=st.data())
    def test_damage_is_refused_or_harmless(self, tmp_path_factory, data):
        path = a_model(tmp_path_factory.getbasetemp() / "damaged.task")
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
        try:
            detector.check_model(path)
        except FormatError as error:
            assert "damaged.task" in str(error)  # noqa: PT017


class TestDoors:
    def test_from_the_command_line_to_a_file_that_is_read_again(
        self, mediapipe, photo, model, seen, tmp_path, capsys, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        mediapipe.people = [person(seen), person(seen * 0.5)]
        assert main(["detect", "photo.png", "--model", str(model), "--out", "k.npz", "--person", "1"]) == 0
        assert "2 people to choose from" in "".join(capsys.readouterr())
        again, found = read_clip("k.npz").clip, detector.detect(photo, model, Corrections(person=1)).clip
        for name in ("keypoints", "visible", "confidence", "derived"):
            np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
        assert again.image_size == SIZE

    def test_the_terminal_tells_what_is_ours_alone(
        self, mediapipe, photo, model, seen, tmp_path, capfd, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        for people, told in (([person(seen)], "photo.png: MediaPipe"), ([], "photo.png: nobody was found")):
            mediapipe.people = people
            main(["detect", "photo.png", "--model", str(model), "--out", "k.npz"])
            printed = capfd.readouterr().err
            assert told in printed
            assert "talkative" not in printed
        os.write(2, b"others are heard again")
        assert capfd.readouterr().err == "others are heard again"

    def test_what_cannot_be_written_is_refused_before_any_work(self, mediapipe, photo, model, capsys):
        assert main(["detect", str(photo), "--model", str(model), "--out", "nowhere/k.npz"]) == 2
        assert "make it first" in capsys.readouterr().err
        assert not mediapipe.images

    def test_from_python(self, mediapipe, photo, model, seen):
        mediapipe.people = [person(seen)]
        clip = gp.detect(photo, model, swap_sides=True)
        np.testing.assert_allclose(clip.keypoints[0, 3], seen[6], atol=1e-6)
        with pytest.raises(gp.GfposeError, match="unexpected keyword argument 'side'"):
            gp.detect(photo, model, side=1)

    def test_the_file_is_said_to_be_what_it_is(self, model, capsys):
        assert main(["info", str(model)]) == 0
        assert "A model of MediaPipe's Pose Landmarker" in capsys.readouterr().out


@pytest.mark.skipif(detector.missing() is not None, reason="the extra detect is not installed")
class TestMediaPipe:
    """The library itself. GFPOSE_DETECT_MODEL is a model, GFPOSE_DETECT_PHOTO somebody seen in front."""

    def test_a_model_that_only_looks_like_one_is_refused_in_its_words(self, photo, model):
        with pytest.raises(FormatError, match=r"MediaPipe cannot use pose_landmarker_full\.task \("):
            detector.detect(photo, model)

    def test_people_are_where_a_model_of_constants_puts_them(self, tmp_path, rng):
        """Of a picture of 900 x 600 px the square has sides of 900, from 150 px above it."""
        Image.new("RGB", (900, 600), "grey").save(tmp_path / "wide.png")
        landmarks, hidden = rng.uniform(0.2, 0.8, (33, 2)), np.arange(33) == POINTS.index("left_ankle")
        model = write_model(
            tmp_path / "constant.task",
            people=np.array([[0.25, 0.5, 0.1], [0.6, 0.45, 0.2]]),
            landmarks=landmarks,
            visible=np.where(hidden, 0.3, 0.8),
        )
        for which, (middle, radius) in enumerate(
            [((540, 255), 180), ((225, 300), 90)]
        ):  # px, the larger first
            found = detector.detect(tmp_path / "wide.png", model, Corrections(person=which))
            assert found.detected.people == 2
            at = np.array(middle) + (landmarks - 0.5) * CROP * radius
            for j, name in enumerate(H36M17.names):
                if name[0] in "LR" and name != "LAnkle":
                    point = POINTS.index({"L": "left_", "R": "right_"}[name[0]] + name[1:].lower())
                    np.testing.assert_allclose(found.clip.keypoints[0, j], at[point], atol=0.05)
            assert [H36M17.names[j] for j in np.flatnonzero(~found.clip.visible[0])] == ["LAnkle"]
            np.testing.assert_allclose(found.clip.confidence[found.clip.visible], 0.8, atol=1e-5)

    def test_networks_that_fail_are_refused_and_nothing_waits_for_them(self, photo, tmp_path):
        """Of the wrong shapes: the detector's network in the landmarks' place."""
        nobody = write_model(tmp_path / "nobody.task", np.zeros((0, 3)), np.zeros((33, 2)), np.full(33, 0.5))
        with zipfile.ZipFile(nobody) as archive, zipfile.ZipFile(tmp_path / "other.task", "w") as other:
            for name, content in zip(POSE_MODEL, reversed([archive.read(name) for name in POSE_MODEL])):
                other.writestr(name, content)
        with pytest.raises(FormatError, match=r"cannot use other\.task \(.*\): choose another model"):
            detector.detect(photo, tmp_path / "other.task")
        gc.collect()
        with pytest.raises(FormatError, match="nobody was found"):
            detector.detect(photo, nobody)

    @pytest.mark.skipif("GFPOSE_DETECT_MODEL" not in os.environ, reason="no GFPOSE_DETECT_MODEL")
    def test_nobody_is_found_where_nobody_is(self, photo):
        with pytest.raises(FormatError, match="nobody was found"):
            detector.detect(photo, os.environ["GFPOSE_DETECT_MODEL"])

    @pytest.mark.skipif(
        not {"GFPOSE_DETECT_MODEL", "GFPOSE_DETECT_PHOTO"} <= set(os.environ),
        reason="no GFPOSE_DETECT_MODEL and GFPOSE_DETECT_PHOTO",
    )
    def test_somebody_is_found_upright_within_the_photo(self):
        clip = gp.detect(os.environ["GFPOSE_DETECT_PHOTO"], os.environ["GFPOSE_DETECT_MODEL"])
        at = dict(zip(H36M17.names, clip.keypoints[0]))
        shares = clip.keypoints[clip.visible] / clip.image_size
        assert ((shares > -0.1) & (shares < 1.1)).all()  # hips may be a little below the edge
        assert at["LShoulder"][0] > at["RShoulder"][0]
        assert at["Head"][1] < at["Thorax"][1]
