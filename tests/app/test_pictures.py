"""Pictures and clips: what is in them, in which form, and that nothing half-made is left."""

import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QLabel, QPushButton, QSpinBox, QWidget

from app.compare_view import GAP
from app.looks.theme import theme
from app.pictures.ffmpeg import ffmpeg
from app.pictures.painting import frames, to_image
from app.pictures.plan import CLIP, FORMATS, PICTURE, RANGES, WHATS, Plan
from app.pictures.subject import Cell, Subject
from app.pictures.svg import to_svg
from app.pictures.writing import Cancelled, Progress, write
from app.scene.content import HEAD
from app.scene.frame import EVIDENCE
from app.scene.view import PRESETS
from app.shot import Shot
from gfpose_core.condition import FIXED_3D, SEEN_2D, Condition
from gfpose_core.skeleton import H36M17
from gfpose_core.trajectory import Recording, Trajectory
from tests.app.conftest import settled
from tests.app.fakes import STANDING, FakeBackend, FakePrior
from tests.app.test_window import press

SVG = "{http://www.w3.org/2000/svg}"
SMALL = replace(CLIP, width=160, height=120, seconds=1.0, hold=0.4, fps=10, caption=False)


@pytest.fixture(scope="module")
def subject():
    """Six hypotheses of a run of 12 moments, evidence of both kinds, seen from three quarters."""
    rng = np.random.default_rng(3)
    ends = STANDING + rng.normal(0, 30, (6, 17, 3)).astype(np.float32)
    times = np.linspace(1, 1e-3, 12)
    noise = rng.normal(0, 350, ends.shape)
    states = np.float32([t * noise + (1 - t) * ends for t in times])[:, None]
    clean = np.float32([t * STANDING + (1 - t) * ends for t in times])[:, None]
    run = Recording(
        ends[None], Trajectory(times, 1000 * times**2, states, clean), Condition.nothing(1), 0, "fake", "",
        "euler-maruyama", {},
    )  # fmt: skip
    levels = np.zeros(17, int)
    levels[[1, 2]], levels[[11, 12]] = FIXED_3D, SEEN_2D
    none = np.zeros((0, 17, 3), np.float32)
    eye = np.array([0.0, 0.0, -4000.0])
    nobody = None, None  # to compare with, to denoise
    shot = Shot(run, 0, "both", frozenset(), none, (), 0, levels, STANDING, eye, *nobody, frozenset(), (), ())
    cells = tuple(Cell(pose, str(k + 1), f"{10 * k} mm") for k, pose in enumerate(ends))
    return Subject(shot, shot.at(shot.last), None, cells, PRESETS["three-quarter"], -0.95, "dark")


@pytest.fixture
def compared(subject):
    """The same beside a run of three hypotheses that branched from it at t = 0.5."""
    run = subject.shot.recording
    late = run.trajectory.times <= 0.5
    branch = Trajectory(
        run.trajectory.times[late],
        run.trajectory.noise_levels[late],
        run.trajectory.states[late][:, :, 3:],
        run.trajectory.clean[late][:, :, 3:],
    )
    shot = replace(subject.shot, recording=replace(run, poses=run.poses[:, 3:], trajectory=branch))
    other = replace(subject, shot=shot, now=shot.at(shot.last), cells=(), floor=-0.8)
    return replace(subject, other=other)


def still(plan, subject) -> np.ndarray:  # (h,w,4) RGBA
    frame = next(frames(plan, subject)) if plan.shows_stage else None
    return rgba(to_image(plan, subject, frame))


def rgba(image: QImage) -> np.ndarray:  # (h,w,4)
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    return np.array(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(int)


def seen_at(point, size) -> tuple[int, int]:
    """Column and row of a point (3,) mm of the camera's axes, from three quarters, worked out by hand."""
    x, y, z = point[0] / 1e3, point[2] / 1e3, -point[1] / 1e3
    az, el = np.radians(32), np.radians(14)
    z += 0.1  # the camera aims at 0.1 m beneath the root, from 4.6 m
    right = x * np.cos(az) + y * np.sin(az)
    away = -x * np.sin(az) + y * np.cos(az)
    up, depth = z * np.cos(el) + away * np.sin(el), 4.6 + away * np.cos(el) - z * np.sin(el)
    focal = min(size) / 2 / np.tan(np.radians(14))
    return round(size[0] / 2 + focal * right / depth), round(size[1] / 2 - focal * up / depth)


def nearness(colour, picture_px) -> float:
    return float(np.abs(np.array(QColor(colour).getRgb()[:3]) - picture_px[:3]).max())


@given(
    st.builds(
        Plan,
        what=st.sampled_from([*WHATS, "nonsense"]),
        format=st.sampled_from([*FORMATS, "bmp"]),
        width=st.integers(-5, 20_000),
        height=st.integers(-5, 20_000),
        seconds=st.floats(-1, 1e4),
        hold=st.floats(-1, 1e4),
        fps=st.integers(-3, 1000),
        transparent=st.booleans(),
    )
)
def test_any_plan_can_be_fitted_kept_and_read_again(plan):
    fitted = plan.fitted()
    assert fitted.what in WHATS
    assert fitted.kind.moves == fitted.moves
    assert all(low <= getattr(fitted, name) <= high for name, (low, high) in RANGES.items() if name != "hold")
    assert not fitted.moves or fitted.fps in fitted.kind.fps
    assert not fitted.kind.even or all(side % 2 == 0 for side in fitted.size)
    assert Plan.from_json(fitted.to_json(), PICTURE) == fitted


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '{"width": "x"}', "null", '{"new": 1}'])
def test_a_plan_nobody_can_read_is_the_default(text):
    assert Plan.from_json(text, CLIP) == CLIP


@pytest.mark.parametrize("size", [(500, 300), (300, 500), (641, 481)])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_picture_of_any_size_shows_each_limb_where_the_camera_sees_it(subject, size, scheme):
    plan = replace(PICTURE, width=size[0], height=size[1], scheme=scheme, signs=False)
    picture, pose = still(plan, subject), subject.cells[0].pose
    assert picture.shape == (size[1], size[0], 4)
    colours = theme(scheme).scene
    for near, far in ((2, 3), (5, 6)):  # the shanks: nothing is before them
        column, row = seen_at((pose[near] + pose[far]) / 2, size)
        patch = picture[row - 1 : row + 2, column - 1 : column + 2].reshape(-1, 4)
        assert min(nearness(colours.side(H36M17.sides[far]), px) for px in patch) < 12
    assert nearness(colours.background, picture[2, 2]) == 0


def test_a_transparent_picture_laid_on_the_ground_is_the_filled_one(subject):
    plan = replace(PICTURE, width=400, height=300)
    filled, clear = still(plan, subject), still(replace(plan, transparent=True), subject)
    assert clear[2, 2, 3] == 0
    ground = np.array(QColor(theme("dark").scene.background).getRgb()[:3])
    alpha = clear[..., 3:] / 255
    laid = clear[..., :3] * alpha + ground * (1 - alpha)
    assert np.abs(laid - filled[..., :3]).max() <= 6  # eight bits of colour times eight of alpha


def test_floor_and_signs_can_be_left_out(subject):
    plan = replace(PICTURE, width=400, height=300, transparent=True)
    whole, bare = still(plan, subject), still(replace(plan, floor=False, signs=False), subject)
    assert (whole[250:, :60, 3] > 0).any()
    assert not bare[250:, :60, 3].any()
    column, row = seen_at(STANDING[1], (400, 300))  # the right hip, fixed in 3D: a white disc
    assert whole[row, column, :3].min() > 240
    assert bare[row, column, :3].min() < 240


def test_two_that_are_compared_stand_side_by_side(compared):
    plan, half = (replace(PICTURE, width=width, height=300) for width in (800, 400))
    both = still(plan, compared)
    for side, alone in ((both[:, :400], replace(compared, other=None)), (both[:, 400:], compared.other)):
        np.testing.assert_allclose(side, still(half, alone), atol=4)  # of 255: edges are clipped


def test_a_clip_of_two_shows_both_at_the_same_t_and_at_their_ends_together(compared):
    shown = [(frame.moment.time, frame.other.moment.time) for frame in frames(SMALL, compared)]
    assert len(shown) == SMALL.frames
    first = compared.other.shot.recording.trajectory.times[0]
    assert shown[0] == (1.0, first)  # until the other begins, it stands where it begins
    for one, other in shown:
        assert other == pytest.approx(min(one, first), abs=1e-6)
    assert shown[-1][0] == compared.shot.recording.trajectory.times[-1]


def test_a_clip_of_a_run_beside_a_pose_that_stays(compared):
    shot = replace(compared.other.shot, recording=None)
    still_there = replace(compared, other=replace(compared.other, shot=shot))
    one, *_, last = frames(SMALL, still_there)
    np.testing.assert_array_equal(one.other.content.figure, last.other.content.figure)
    assert (one.content.figure != last.content.figure).any()


@pytest.mark.parametrize("what", ["stage", "compared", "sheet"])
@pytest.mark.parametrize("transparent", [False, True])
def test_an_svg_is_made_of_vectors_and_another_renderer_draws_the_same(subject, compared, what, transparent):
    if what == "compared":
        subject, what = compared, "stage"
    plan = replace(PICTURE, what=what, width=480, height=360, transparent=transparent)
    frame = None if what == "sheet" else next(frames(plan, subject))
    drawing = to_svg(plan, subject, frame)
    root = Xml.fromstring(drawing)
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("480", "360", "0 0 480 360")
    tags = [element.tag.removeprefix(SVG) for element in root.iter()]
    assert "image" not in tags
    assert not [group for group in root.iter(f"{SVG}g") if len(group) == 0]
    renderer = QSvgRenderer(QByteArray(drawing))
    assert renderer.isValid()
    image = QImage(480, 360, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    off = np.abs(rgba(image) - still(plan, subject))[..., 3 if transparent else slice(3)]
    assert off.mean() < 1.5  # of 255: edges are smoothed in two ways
    assert (off > 48).mean() < 0.01


def test_words_in_an_svg_are_text_and_a_sheet_has_the_columns_asked_for(subject):
    plan = replace(PICTURE, what="sheet", columns=2, most=5, width=480, height=360)
    texts = list(Xml.fromstring(to_svg(plan, subject, None)).iter(f"{SVG}text"))
    words = " ".join("".join(text.itertext()) for text in texts)
    assert all(f"{k + 1}   {10 * k} mm" in words for k in range(5))
    assert "6   50 mm" not in words
    rows = {round(float(text.get("y"))) for text in texts}
    assert len(rows) == 3


@pytest.fixture
def denoised(subject):
    """A pose that is denoised: clean, noisy and what came of it side by side, with a pin behind."""
    pin = {"pinned": subject.cells[4].pose[None], "pins": ("pin 1",)}
    shot = replace(subject.shot, reference=STANDING, noisy_pose=subject.cells[3].pose, **pin)
    return replace(subject, shot=shot, now=shot.at(shot.last))


def test_figures_are_named_as_on_the_stage_and_in_an_svg_by_text(denoised):
    plan = replace(PICTURE, width=960, height=720, transparent=True, floor=False)
    texts = list(Xml.fromstring(to_svg(plan, denoised, next(frames(plan, denoised)))).iter(f"{SVG}text"))
    assert ["".join(text.itertext()) for text in texts] == ["clean", "noisy", "denoised", "pin 1"]
    heads = denoised.now.ground_truth[HEAD], denoised.now.poses[-1, HEAD]  # clean and noisy
    for scale in (1, 2):
        picture = still(replace(plan, width=scale * 960, height=scale * 720), denoised)
        for head in heads:
            column, row = seen_at(head, (scale * 960, scale * 720))
            chip = picture[row - scale * 46 : row - scale * 25, column - scale * 18 : column + scale * 18]
            near = np.abs(chip[..., :3] - QColor(theme("dark").muted).getRgb()[:3]).max(-1) < 12
            assert 0.3 < near.mean() < 1  # the rest is its name


@pytest.mark.parametrize("signs", [False, True])
def test_evidence_is_named_where_its_signs_are_drawn(subject, signs):
    now = replace(subject.now, names=((EVIDENCE, "original"), (0, "completed")))
    (frame,) = frames(replace(PICTURE, signs=signs), replace(subject, now=now))
    assert [name for name, _ in frame.content.names] == ["original", "completed"][not signs :]


def test_a_clip_names_its_figures_all_along(denoised):
    for what in ("denoising", "turntable"):
        for frame in frames(replace(SMALL, what=what), denoised):
            assert {name for name, _ in frame.content.names} >= {"clean", "noisy", "denoised", "pin 1"}


def frames_of(path: Path, size, alpha=False) -> np.ndarray:  # (n,h,w,3 or 4)
    decoder = ["-c:v", "libvpx-vp9"] if path.suffix == ".webm" else []  # the built-in one knows no alpha
    channels = 4 if alpha else 3
    done = subprocess.run(
        [ffmpeg(), "-v", "error", *decoder, "-i", path, "-f", "rawvideo", "-pix_fmt",
         "rgba" if alpha else "rgb24", "-fps_mode", "passthrough", "-"],
        capture_output=True, check=True,
    )  # fmt: skip
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, size[1], size[0], channels).astype(int)


@pytest.mark.parametrize("form", ["mp4", "webm", "gif"])
def test_a_clip_of_the_denoising_goes_from_noise_to_the_pose_and_holds_it(subject, tmp_path, form):
    plan, path = replace(SMALL, format=form, width=161).fitted(), tmp_path / f"clip.{form}"
    progress = Progress(plan.frames)
    write(path, plan, subject, progress)
    assert progress.share == 1
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert plan.size == ((161, 120) if form == "gif" else (162, 120))
    clip = frames_of(path, plan.size)
    assert len(clip) == plan.frames
    wanted = [rgba(to_image(plan, subject, frame))[..., :3] for frame in frames(plan, subject)]
    for shown, painted in zip(clip, wanted):
        assert np.abs(shown - painted).mean() < 6  # of 255: lossy, and half the colour
        assert np.abs(shown[0, :8] - painted[0, :8]).max() < 12  # the ground, to the very first px
    ends = np.abs(wanted[0] - wanted[-1]).mean()
    assert np.abs(clip[0] - clip[-1]).mean() > 0.5 * ends > 1
    held = round(plan.hold * plan.fps)
    assert np.abs(clip[-held] - clip[-1]).mean() < 0.2 * ends


def test_a_turntable_goes_once_around_and_meets_its_beginning(subject):
    plan = replace(SMALL, what="turntable", seconds=1.0).fitted()
    turns = [frame.camera.azimuth for frame in frames(plan, subject)]
    steps = np.diff([*turns, turns[0]]) % 360
    np.testing.assert_allclose(steps, 360 / len(turns))
    assert turns[0] == subject.camera.azimuth
    assert {frame.camera.elevation for frame in frames(plan, subject)} == {14}


@pytest.mark.parametrize("form", ["webm", "gif"])
def test_a_clip_may_be_transparent(subject, tmp_path, form):
    plan = replace(SMALL, what="turntable", format=form, transparent=True, floor=False).fitted()
    write(tmp_path / f"clip.{form}", plan, subject, Progress(plan.frames))
    clip = frames_of(tmp_path / f"clip.{form}", plan.size, alpha=True)
    assert clip[:, 2, 2, 3].max() < 8
    assert clip[:, 50:70, 60:100, 3].max() > 247


def test_a_cancelled_clip_leaves_nothing(subject, tmp_path):
    progress = Progress(100)
    progress.cancel()
    with pytest.raises(Cancelled):
        write(tmp_path / "clip.mp4", SMALL, subject, progress)
    assert not list(tmp_path.iterdir())


# Through the window


def find(window, kind, name):
    found = window.findChild(kind, name)
    assert found is not None, name
    return found


def choose(combo: QComboBox, value) -> None:
    combo.setCurrentIndex(combo.findData(value))
    combo.activated.emit(combo.currentIndex())


@pytest.fixture
def save_as(monkeypatch):
    """``save_as(path)``: what the next file dialog answers."""
    return lambda path: monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))


def told(window):
    return [(notice.kind, notice.title) for notice in window.models.notices.shown]


def test_a_picture_is_made_by_the_dialog_and_its_plan_remembered(
    window, open_window, qtbot, tmp_path, save_as
):
    press(qtbot, window, Qt.Key.Key_F12)
    dialog = window.findChild(QWidget, "pictures")
    assert dialog.isVisible()
    find(dialog, QSpinBox, "pictures-width").setValue(300)
    find(dialog, QSpinBox, "pictures-height").setValue(200)
    find(dialog, QCheckBox, "pictures-transparent").click()
    facts = find(dialog, QLabel, "pictures-facts")
    qtbot.waitUntil(lambda: "300 × 200 px, about" in facts.text(), timeout=5000)
    save_as(tmp_path / "pose")
    find(dialog, QPushButton, "pictures-save").click()
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: ("info", "Wrote pose.png") in told(window), timeout=10_000)
    picture = QImage(str(tmp_path / "pose.png"))
    assert (picture.width(), picture.height()) == (300, 200)
    assert picture.pixelColor(1, 1).alpha() == 0
    size = (tmp_path / "pose.png").stat().st_size
    said = float(facts.text().partition("about ")[2].split()[0]) * 1000
    assert 0.5 < said / size < 2
    another = open_window()
    another.actions_["picture"].trigger()
    assert another.findChild(QWidget, "pictures").plan == dialog.plan
    settled(qtbot, another)


@pytest.mark.parametrize("compared", [False, True])
def test_the_stage_as_it_is_is_what_its_own_canvas_draws(window, qtbot, tmp_path, save_as, compared):
    if compared:
        window.panels["gallery"].pin_focused()
        window.models.compare.set_on(True)
        qtbot.wait(100)
    press(qtbot, window, Qt.Key.Key_F12)
    dialog = window.findChild(QWidget, "pictures")
    facts = find(dialog, QLabel, "pictures-facts")
    qtbot.waitUntil(lambda: "about" in facts.text(), timeout=10_000)
    assert facts.text().endswith("A and B") == compared
    choose(find(dialog, QComboBox, "pictures-what"), "view")
    for name in ("width", "size", "transparent", "scheme", "floor"):
        assert not find(dialog, QWidget, f"pictures-{name}").isVisible()
    forms = find(dialog, QComboBox, "pictures-format")
    assert [forms.itemData(row) for row in range(forms.count())] == ["png"]
    find(dialog, QSpinBox, "pictures-scale").setValue(2)
    stages = [window.stage, *([window.compare_view.other] if compared else [])]
    sizes = [stage.grab_image().size() for stage in stages]
    size = 2 * (sum(s.width() for s in sizes) + GAP * compared), 2 * sizes[0].height()
    qtbot.waitUntil(lambda: "{} × {} px, about".format(*size) in facts.text(), timeout=10_000)
    window.stage.set_view("left")
    wanted = [rgba(stage.picture(2)) for stage in stages]
    assert len(np.unique(wanted[0].reshape(-1, 4), axis=0)) > 50
    save_as(tmp_path / "stage.png")
    find(dialog, QPushButton, "pictures-save").click()
    window.stage.set_view("top")  # the picture is of what there was
    qtbot.waitUntil(lambda: ("info", "Wrote stage.png") in told(window), timeout=10_000)
    picture = QImage(str(tmp_path / "stage.png"))
    assert (picture.width(), picture.height()) == size
    shown = rgba(picture)
    np.testing.assert_array_equal(shown[:, : wanted[0].shape[1]], wanted[0])
    np.testing.assert_array_equal(shown[:, -wanted[-1].shape[1] :], wanted[-1])


def test_a_picture_shows_the_names_but_not_what_is_selected_or_pointed_at(window, qtbot):
    plans = [replace(PICTURE, what=what, width=400, height=300) for what in ("stage", "view")]

    def pictures():
        taken = [window.studio.take(plan) for plan in plans]
        return [still(plan, subject) for plan, subject in taken]

    plain = pictures()
    window.models.conditioning.select((3, 13))
    window.stage.hover(5)
    for picture, bare in zip(pictures(), plain):
        np.testing.assert_array_equal(picture, bare)
    assert (rgba(window.stage.grab_image()) != plain[1]).any()  # the stage shows it as before
    window.panels["gallery"].pin_focused()
    for picture, bare in zip(pictures(), plain):
        changed = np.argwhere((picture != bare).any(-1))
        colours = picture[tuple(changed.T)][:, :3]
        assert (np.abs(colours - QColor(theme("dark").muted).getRgb()[:3]).max(-1) < 12).sum() > 50


def test_a_clip_is_made_while_the_window_is_used_and_can_be_stopped(window, qtbot, tmp_path, save_as):
    window.actions_["clip"].trigger()
    dialog = window.findChild(QWidget, "pictures")
    choose(find(dialog, QComboBox, "pictures-what"), "turntable")
    choose(find(dialog, QComboBox, "pictures-format"), "gif")
    assert find(dialog, QComboBox, "pictures-fps").currentData() in (10, 20, 25, 50)
    assert max(dialog.plan.size) == 640
    dialog.edit(width=200, height=150, seconds=30.0)
    save_as(tmp_path / "clip.gif")
    find(dialog, QPushButton, "pictures-save").click()
    line = find(window, QWidget, "studio-line")
    qtbot.waitUntil(lambda: window.studio.job.progress.done > 2, timeout=20_000)
    assert line.isVisible()
    before = window.models.playback.recording
    window.models.sampling.draw()
    qtbot.waitUntil(lambda: window.models.playback.recording is not before, timeout=20_000)
    find(window, QWidget, "studio-cancel").click()
    qtbot.waitUntil(lambda: window.studio.job is None, timeout=10_000)
    assert ("info", "Stopped clip.gif") in told(window)
    assert not line.isVisible()
    assert not list(tmp_path.glob("*.gif*")) + list(tmp_path.glob(".*"))
    settled(qtbot, window)


def failed(qtbot, window):
    qtbot.waitUntil(lambda: any(kind == "error" for kind, _ in told(window)), timeout=20_000)
    return next(n for n in window.models.notices.shown if n.kind == "error")


def make(window, path, plan):
    window.studio.make(path, plan)
    return window


def test_no_ffmpeg_is_a_banner_that_says_what_to_do(window, qtbot, tmp_path, monkeypatch):
    def none():
        raise RuntimeError("No ffmpeg exe could be found")

    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", none)
    make(window, tmp_path / "clip.mp4", SMALL)
    notice = failed(qtbot, window)
    assert notice.title == "Could not make clip.mp4"
    assert "pip install imageio-ffmpeg" in notice.what_to_do
    assert not list(tmp_path.glob("*clip*"))


def test_a_full_disk_is_a_banner_and_leaves_nothing(window, qtbot, tmp_path, monkeypatch):
    broken = tmp_path / "ffmpeg"
    broken.write_text('#!/bin/sh\nhead -c 999 > /dev/null\necho "x: No space left on device" >&2\nexit 1\n')
    broken.chmod(0o755)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(broken))
    make(window, tmp_path / "clip.mp4", SMALL)
    assert "disk is full" in failed(qtbot, window).what_to_do
    assert not list(tmp_path.glob("*clip*"))


@pytest.mark.parametrize("plan", [PICTURE, SMALL])
def test_a_folder_that_is_not_there_is_a_banner(window, qtbot, tmp_path, plan):
    make(window, tmp_path / "nowhere" / f"it.{plan.format}", replace(plan, width=64, height=64))
    assert "there is no folder" in failed(qtbot, window).what_to_do.lower()


def test_a_folder_in_which_nothing_may_be_written_is_a_banner(window, qtbot):
    folder = Path("/proc/self")  # read-only for root too
    if not folder.is_dir():
        pytest.skip("no /proc here")
    make(window, folder / "it.png", replace(PICTURE, width=64, height=64))
    assert "it.png" in failed(qtbot, window).title


def test_there_is_no_clip_of_a_run_not_yet_made(open_window, qtbot):
    window = open_window(FakeBackend(FakePrior()))
    window.actions_["clip"].trigger()
    dialog = window.findChild(QWidget, "pictures")
    facts = find(dialog, QLabel, "pictures-facts")
    make(window, Path("clip.mp4"), SMALL)
    assert "sample first" in failed(qtbot, window).what_to_do
    settled(qtbot, window)
    qtbot.waitUntil(lambda: "about" in facts.text(), timeout=10_000)
    assert find(dialog, QPushButton, "pictures-save").isEnabled()
    _, subject = window.studio.take(CLIP)
    at_once = replace(subject, shot=replace(subject.shot, recording=None))
    assert "came in one step" in window.studio.refusal(SMALL, at_once)


def test_closing_the_window_stops_a_clip(open_window, qtbot, tmp_path):
    window = open_window()
    settled(qtbot, window)
    make(window, tmp_path / "clip.mp4", replace(SMALL, what="turntable", seconds=60.0))
    qtbot.waitUntil(lambda: window.studio.job.progress.done > 1, timeout=20_000)
    window.close()
    assert not list(tmp_path.glob("*clip*"))
