"""The gallery: its order, clusters, repetitions and thumbnails, driven as a person would."""

import re
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QStyleOptionViewItem, QToolButton

from app.documents.document import Document
from app.documents.photo import blank
from app.looks.theme import DARK
from app.panels.hypotheses import INDEX
from app.panels.thumbnails import BUSY_MS, CAPTION, CELL, LINE, MOST_KEPT, SIGNS
from app.scene.thumbnail import thumbnail
from app.scene.view import PRESETS
from app.settings import Settings
from app.viewmodels.arrangement import Arrangement
from app.viewmodels.measures import MEASURES
from gfpose_core.calibration import unusual_bones
from gfpose_core.errors import ConditionError
from gfpose_core.metrics import mpjpe
from tests.app.conftest import settled
from tests.app.fakes import STANDING, FakeBackend, FakePrior
from tests.app.test_window import SHIFT, find, notices, press

KINDS = np.repeat([0, 1, 2], [8, 5, 3])


class ThreeKinds(FakePrior):
    """Sixteen hypotheses of three kinds, of which 0 and 2, and 1, 3 and 4 are all but the same."""

    def generate(self, condition, hypotheses, sampler, seed, evidence=None, first_pose=0, guidance=1.0):
        rng = np.random.default_rng(1)
        shift = np.zeros((3, 17, 3), np.float32)
        shift[1, 11:], shift[2, 3:7] = [0, -300, 200], [150, 0, 400]
        poses = STANDING + shift[KINDS[:hypotheses]] + rng.normal(0, 25, (hypotheses, 17, 3))
        poses[2], poses[3], poses[4] = poses[0] + 1, poses[1] + 2, poses[1] + 1
        poses[:, 0] = 0
        for step in super().generate(condition, hypotheses, sampler, seed):
            yield type(step)(step.index, step.count, step.time, step.noise_level, step.states,
                             poses[None].astype(np.float32))  # fmt: skip


@pytest.fixture
def window(open_window, qtbot):
    window = open_window(FakeBackend(ThreeKinds()))
    settled(qtbot, window)
    qtbot.waitUntil(lambda: window.models.ranking.repeats(2) is not None)
    return window


@pytest.mark.parametrize("preset", ["front", "three-quarter", "left"])
def test_the_head_of_a_standing_figure_is_below_the_signs_of_its_card(qapp, preset):
    size = QSize(CELL.width() - 12, CELL.height() - 6 - SIGNS - CAPTION)
    image = thumbnail(STANDING, PRESETS[preset], size, 1.0, DARK.scene)
    image = image.convertToFormat(QImage.Format.Format_RGBA8888)
    alpha = np.array(image.constBits(), np.uint8).reshape(size.height(), size.width(), 4)[..., 3]
    assert np.flatnonzero(alpha.any(axis=1))[0] + SIGNS >= 4 + 15  # where the chip is and its height


def choose(window, order):
    box = find(window, QComboBox, "gallery-order")
    box.setCurrentIndex(box.findData(order))
    box.activated.emit(box.currentIndex())


def results(window):
    return window.models.gallery.results


def captions(window):
    return [window.models.ranking.caption(row) for row in window.models.gallery.rows]


def said_on_card(window, row) -> list[str]:
    """The texts that the card of a row shows, as they are painted."""
    view, buffer, option = window.panels["gallery"].list, QBuffer(), QStyleOptionViewItem()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    canvas = QSvgGenerator()
    canvas.setOutputDevice(buffer)
    index = view.model().index(row)
    option.rect = QRect(0, 0, *view.visualRect(index).size().toTuple())
    painter = QPainter(canvas)
    view.itemDelegate().paint(painter, option, index)
    painter.end()
    return re.findall("<text[^>]*>([^<]*)</text>", bytes(buffer.data()).decode())


class TestSorting:
    def test_a_card_shows_its_name_and_below_it_a_whole_number_with_its_unit(self, window, qtbot):
        gallery, view = window.models.gallery, window.panels["gallery"].list
        gallery.pin(3)
        assert view.visualRect(view.model().index(0)).size() == CELL
        for order in ("mean", "bones", "likelihood", "drawn"):
            choose(window, order)
            qtbot.waitUntil(lambda: not window.models.runner.weighing)
            taller = QSize(0, 0 if order == "drawn" else LINE)
            assert view.visualRect(view.model().index(0)).size() == CELL + taller
            cards = [said_on_card(window, row) for row in range(len(gallery.rows))]
            numbers = [texts[-1] for texts in cards if order != "drawn"]
            assert numbers == [said for said in captions(window) if said]
            assert len({len(number.split()[0].partition(".")[2]) for number in numbers}) <= 1
            assert "pin 1" in cards[0]

    @pytest.mark.parametrize("said", ["1234.5 px", "−123.45", "2345 mm", "100.0 %"])
    def test_there_is_room_for_any_number(self, qapp, said):
        bold = QFont(qapp.font())
        bold.setWeight(QFont.Weight.DemiBold)
        assert QFontMetrics(bold).horizontalAdvance(said) <= CELL.width() - 17

    def test_by_each_measure_best_first_and_turned_round(self, window, qtbot):
        models = window.models
        models.conditioning.apply_preset("lift")
        qtbot.wait(100)
        settled(qtbot, window)
        poses = results(window).astype(float)
        document = models.session.document
        seen = (poses + document.origin) / (poses + document.origin)[..., 2:]
        there = (document.pose + document.origin) / (document.pose + document.origin)[..., 2:]
        expected = {
            "mean": mpjpe(poses, poses.mean(0)),
            "reference": mpjpe(poses, document.pose),
            "reprojection": np.linalg.norm(seen - there, axis=-1).mean(-1),
            "bones": unusual_bones(poses),
        }
        for order, values in expected.items():
            choose(window, order)
            assert models.gallery.rows == np.argsort(values, kind="stable").tolist(), order
            press(qtbot, window, Qt.Key.Key_O, SHIFT)
            assert values[models.gallery.rows].tolist() == sorted(values, reverse=True), order
            press(qtbot, window, Qt.Key.Key_O, SHIFT)
            assert all(captions(window))
        choose(window, "drawn")
        assert models.gallery.rows == list(range(16))
        assert not any(captions(window))

    def test_what_cannot_be_had_is_greyed_with_the_reason(self, window, qtbot):
        box = find(window, QComboBox, "gallery-order")
        row = box.findData("reprojection")
        assert not box.model().item(row).isEnabled()
        assert "no joint is seen in 2D" in box.model().item(row).toolTip()
        for _ in range(len(MEASURES) + 1):
            press(qtbot, window, Qt.Key.Key_O)
            assert window.models.ranking.arrangement.order not in ("reprojection", "reference")

    def test_reprojection_is_in_pixels_where_there_is_a_camera(self, window, qtbot):
        models = window.models
        models.conditioning.apply_preset("lift")
        qtbot.wait(100)
        settled(qtbot, window)
        choose(window, "reprojection")
        assert captions(window)[0].endswith(" mm")
        models.session.apply("Photo", replace(models.session.document, photo=blank()))
        assert captions(window)[0].endswith(" px")


class TestLikelihood:
    def expected(self, window):
        away = results(window).astype(float) - STANDING
        return -(away**2).mean((1, 2))

    def test_is_worked_out_when_asked_for_and_sorts_when_all_are_known(self, window, qtbot):
        assert np.isnan(window.models.ranking.likelihoods.values).all()
        choose(window, "likelihood")
        qtbot.waitUntil(lambda: not window.models.runner.weighing)
        assert window.models.gallery.rows == np.argsort(-self.expected(window), kind="stable").tolist()
        assert captions(window)[0].startswith("−0.")

    def test_says_how_far_it_is_and_stops_at_once(self, open_window, qtbot):
        backend = FakeBackend(ThreeKinds(), weighing_s=0.4)
        window = open_window(backend)
        settled(qtbot, window)
        choose(window, "likelihood")
        label = find(window, QLabel, "gallery-summary")
        qtbot.waitUntil(lambda: "log-likelihood: 4 of 16" in label.text())
        assert any(captions(window))
        assert window.models.gallery.rows == list(range(16))
        press(qtbot, window, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: "4 of 16 poses, stopped" in label.text())
        qtbot.wait(300)
        assert np.isnan(window.models.ranking.likelihoods.values).sum() == 12
        backend.weighing_s = 0.0
        choose(window, "likelihood")
        qtbot.waitUntil(lambda: not np.isnan(window.models.ranking.likelihoods.values).any())
        assert "log-likelihood" not in label.text()

    def test_sampling_takes_the_worker_and_the_new_poses_are_weighed(self, open_window, qtbot):
        backend = FakeBackend(ThreeKinds(), weighing_s=0.15)
        window = open_window(backend)
        settled(qtbot, window)
        choose(window, "likelihood")
        qtbot.waitUntil(lambda: window.models.runner.weighing)
        with qtbot.waitSignal(window.models.runner.finished, timeout=1500):
            window.models.sampling.sample()
        backend.weighing_s = 0.0
        qtbot.waitUntil(lambda: not np.isnan(window.models.ranking.likelihoods.values).any())
        assert window.models.gallery.rows == np.argsort(-self.expected(window), kind="stable").tolist()

    def test_a_prior_that_has_none_says_so_once(self, open_window, qtbot):
        backend = FakeBackend(ThreeKinds(), unlikely=ConditionError("it knows no densities: sort otherwise"))
        window = open_window(backend)
        settled(qtbot, window)
        choose(window, "likelihood")
        told = ("error", "Could not work out how likely these poses are")
        qtbot.waitUntil(lambda: told in notices(window))
        qtbot.wait(200)
        assert notices(window).count(told) == 1
        assert window.models.gallery.rows == list(range(16))


class TestClusters:
    def group(self, window, qtbot, count):
        find(window, QToolButton, "gallery-clusters-chip").click()
        find(window, QSpinBox, "gallery-clusters").setValue(count)
        box = find(window, QSpinBox, "gallery-clusters")
        assert box.lineEdit().width() >= box.fontMetrics().horizontalAdvance("12")
        groups = window.models.ranking._groups
        qtbot.waitUntil(lambda: groups.clusters is not None and len(groups.clusters.shares) == count)

    def test_are_listed_the_largest_first_each_with_its_medoid(self, window, qtbot):
        self.group(window, qtbot, 3)
        models = window.models
        rows = models.gallery.rows
        assert KINDS[rows].tolist() == KINDS.tolist()
        for first, numeral, share in ((0, "I", 8 / 16), (8, "II", 5 / 16), (13, "III", 3 / 16)):
            group = models.ranking.group_of(rows[first])
            assert (group.numeral, group.share, group.medoid) == (numeral, share, True)
            assert not models.ranking.group_of(rows[first + 1]).medoid
        press(qtbot, window, Qt.Key.Key_K, SHIFT)
        assert models.gallery.rows == [rows[0], rows[8], rows[13]]
        press(qtbot, window, Qt.Key.Key_K, SHIFT)
        press(qtbot, window, Qt.Key.Key_K)
        assert models.gallery.rows == list(range(16))
        assert models.ranking.group_of(0) is None

    def test_sorting_holds_within_each(self, window, qtbot):
        self.group(window, qtbot, 3)
        choose(window, "mean")
        errors = mpjpe(results(window), results(window).mean(0))
        others = errors[window.models.gallery.rows[1:8]]
        assert others.tolist() == sorted(others)

    def test_are_made_anew_of_the_next_run_and_not_shown_of_the_last(self, window, qtbot):
        self.group(window, qtbot, 3)
        window.models.session.edit("Fewer", hypotheses=15)
        qtbot.wait(100)
        settled(qtbot, window)
        ranking = window.models.ranking
        qtbot.waitUntil(lambda: ranking.group_of(0) is not None)
        assert ranking.group_of(0).share == pytest.approx(8 / 15)


class TestNearDuplicates:
    def test_name_the_first_and_fold_away(self, window, qtbot):
        ranking, gallery = window.models.ranking, window.models.gallery
        assert [ranking.repeats(i) for i in range(5)] == [None, None, 0, 1, 1]
        assert (ranking.repeated(0), ranking.repeated(1)) == (1, 2)
        assert "3 near-duplicates (< 10 mm)" in find(window, QLabel, "gallery-summary").text()
        press(qtbot, window, Qt.Key.Key_D)
        assert gallery.rows == [0, 1, *range(5, 16)]
        assert find(window, QToolButton, "gallery-fold-chip").isChecked()
        press(qtbot, window, Qt.Key.Key_D)
        assert len(gallery.rows) == 16

    def test_the_threshold_is_the_persons(self, window, qtbot):
        window.findChild(object, "gallery-same").setValue(1)
        qtbot.waitUntil(lambda: window.models.ranking.repeats(3) is None)

    def test_a_focus_that_is_folded_away_is_left_for_the_first(self, window, qtbot):
        gallery = window.models.gallery
        gallery.set_focus(3)
        press(qtbot, window, Qt.Key.Key_D)
        press(qtbot, window, Qt.Key.Key_N)
        assert gallery.focus == 0


def test_the_next_start_lists_them_as_this_one_did(window, open_window, qtbot):
    choose(window, "bones")
    find(window, QToolButton, "gallery-turn").click()
    press(qtbot, window, Qt.Key.Key_D)
    again = open_window(FakeBackend(ThreeKinds()))
    settled(qtbot, again)
    how = again.models.ranking.arrangement
    assert (how.order, how.worst_first, how.folded) == ("bones", True, True)
    assert find(again, QComboBox, "gallery-order").currentData() == "bones"
    assert Arrangement.of_text(Settings().choice("gallery/arrangement")) == how


@pytest.mark.parametrize(
    "text", ["", "x", "[1]", '{"order": "colour"}', '{"clusters": 99, "folded": 1}', '{"same_mm": true}']
)
def test_settings_that_make_no_sense_are_left_alone(text):
    assert Arrangement.of_text(text) == Arrangement()


def test_settings_are_read_back_whole():
    how = Arrangement("mean", True, True, 7, True, True, True, 25.0)
    assert Arrangement.of_text(how.to_text()) == how
    assert Arrangement.of_text('{"clusters": 3, "unknown": 1}') == Arrangement(clusters=3)


class TestThumbnails:
    @pytest.fixture
    def many(self, open_window, qtbot):
        window = open_window(document=Document(hypotheses=1000, options={"dpm-solver": {"steps": 3}}))
        settled(qtbot, window)
        return window

    def drawn(self, window):
        return window.panels["gallery"]._thumbnails.pictures

    def test_only_those_in_sight_are_made_and_few_are_kept(self, many, qtbot):
        view, pictures = many.panels["gallery"].list, self.drawn(many)
        qtbot.waitUntil(lambda: len(pictures) >= 9)
        qtbot.wait(200)
        assert len(pictures) < 60
        bar = view.verticalScrollBar()
        for place in range(0, bar.maximum(), 300):
            bar.setValue(place)
            view.viewport().repaint()
        assert len(pictures) <= MOST_KEPT

    def test_all_in_sight_come_within_a_few_frames(self, many, qtbot):
        view = many.panels["gallery"].list
        view.verticalScrollBar().setValue(5000)
        seen = {
            view.indexAt(place).data(INDEX) for place in (view.rect().center(), view.rect().topLeft() * 1)
        }
        qtbot.waitUntil(lambda: seen <= set(self.drawn(many)._kept) | {None})
        qtbot.waitUntil(lambda: not self.drawn(many)._more, timeout=100 * BUSY_MS)

    def test_a_changed_pose_is_drawn_anew(self, window, qtbot):
        pictures = self.drawn(window)
        qtbot.waitUntil(lambda: 0 in pictures._kept and not pictures._more)
        before = pictures._kept[0][1].copy()
        window.models.playback.seek(0)
        window.models.gallery.show(
            window.models.gallery.poses + np.float32([0, 0, 400]) * np.eye(17)[0][:, None]
        )
        qtbot.waitUntil(lambda: pictures._kept[0][1] != before)

    def test_the_words_say_what_the_picture_does(self, window, qtbot):
        model = window.panels["gallery"].list.model()
        press(qtbot, window, Qt.Key.Key_K)
        groups = window.models.ranking._groups
        qtbot.waitUntil(lambda: groups.clusters is not None)
        choose(window, "bones")
        words = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(16)]
        assert all("Unusual bones: " in said and "cluster" in said for said in words)
        assert any("its medoid" in said for said in words)
        assert sum("all but the same as" in said for said in words) == 3


def test_no_two_actions_share_a_key(window):
    keys = [key for spec in window.actions_.specs for key in spec.keys]
    assert len(keys) == len(set(keys))
