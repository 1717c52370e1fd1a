"""Several hypotheses at once: picked out, drawn beside each other, compared in hues and in figures."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QPushButton, QTableWidget

from app.looks.theme import theme, theme_of
from app.panels.hypotheses import INDEX
from app.scene.content import HEAD, Content
from app.scene.frame import StageFrame
from gfpose_core.metrics import mpjpe
from tests.app.conftest import imported, settled
from tests.app.fakes import STANDING
from tests.app.test_theme import DEUTAN, PROTAN, TRITAN, contrast, lab, linear
from tests.app.test_window import CTRL, LEFT, PLAIN, SHIFT, find, press
from tests.samples import a_bvh, people


def click(qtbot, window, index, modifiers=PLAIN):
    view = window.panels["gallery"].list
    row = view.model().row_of(index)
    view.scrollTo(view.model().index(row))
    qtbot.mouseClick(view.viewport(), LEFT, modifiers, view.visualRect(view.model().index(row)).center())


def test_ctrl_click_picks_out_several_and_a_click_only_one(window, qtbot):
    gallery = window.models.gallery
    click(qtbot, window, 1)
    for index in (3, 5):
        click(qtbot, window, index, CTRL)
    assert gallery.selected == [1, 3, 5]
    assert gallery.focus == 1
    assert window.stage_view.frame().beside == (1, 3, 5)
    click(qtbot, window, 3, CTRL)
    assert gallery.selected == [1, 5]
    click(qtbot, window, 4)
    assert (gallery.selected, gallery.focus) == ([], 4)


def test_keys_do_the_same(window, qtbot):
    gallery = window.models.gallery
    press(qtbot, window, Qt.Key.Key_S)
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_S)
    assert gallery.selected == [0, 1]
    words = window.panels["gallery"].list.model().index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words.endswith("selected")
    press(qtbot, window, Qt.Key.Key_S, SHIFT)
    assert gallery.selected == []


def test_the_next_run_lets_hypotheses_go_and_keeps_pins(window, qtbot):
    gallery = window.models.gallery
    gallery.pin(2)
    gallery.toggle_selected(4)
    gallery.toggle_selected(16)
    assert gallery.selected == [0, 4, 16]
    gallery.set_results(gallery.results + 1)
    assert gallery.selected == [16]
    gallery.pin(16)
    assert gallery.selected == []


def test_selected_poses_are_drawn_in_full_beside_the_one_in_focus():
    poses = STANDING + np.arange(4)[:, None, None] * np.float32([150, 0, 0])
    content = Content.of(StageFrame(poses, focus=1, beside=(1, 3)))
    assert len(content.in_full()) == 2
    np.testing.assert_array_equal(content.in_full()[-1], content.figure)
    with pytest.raises(ValueError, match="among 4 poses"):
        StageFrame(poses, beside=(4,))


def test_names_stand_over_heads_however_the_stage_is_drawn(stage):
    poses = STANDING + np.arange(3)[:, None, None] * np.float32([150, 0, 0])
    stage.show_frame(StageFrame(poses, names=((2, "pin 1"),)))
    names = stage.findChild(object, "figure_names")
    assert names.isVisible()
    x, y = names._heads[0].round().astype(int).tolist()
    image, fill = stage.grab().toImage(), QColor(theme_of(stage.palette()).muted)
    assert any(image.pixelColor(x + across, y - 20) == fill for across in range(-16, 17))
    stage.show_frame(StageFrame(poses))
    assert not names.isVisible()
    with pytest.raises(ValueError, match="name some of 3 poses"):
        StageFrame(poses, names=((3, "pin 1"),))


class TestCompare:
    @pytest.fixture
    def compared(self, window, qtbot):
        for index in (3, 5):
            click(qtbot, window, index, CTRL)
        press(qtbot, window, Qt.Key.Key_H)
        table = find(window, QTableWidget, "comparison")
        qtbot.waitUntil(lambda: not window.models.runner.weighing)
        return table

    def column(self, table, column):
        rows = range(table.rowCount())
        return {table.verticalHeaderItem(r).text(): table.item(r, column).text() for r in rows}

    def test_the_table_says_how_far_they_are_from_each_other(self, window, compared):
        results = window.models.gallery.results
        indices = [0, 3, 5]
        assert compared.isVisible()
        for column, index in enumerate(indices):
            told = self.column(compared, column)
            assert compared.horizontalHeaderItem(column).text() == str(index + 1)
            for other in indices:
                assert told[f"to no. {other + 1}, mm"] == f"{mpjpe(results[index], results[other]):.0f}"
            away = -0.5 * ((results[index] - STANDING).astype(float) ** 2).mean() / 60**2
            assert float(told["log p"].replace("−", "-")) == pytest.approx(away, abs=0.006)
            assert float(told["bones, %"]) > 0
            assert "reprojection" not in told

    def test_only_they_are_drawn_each_in_its_hue_and_named(self, window, compared, qtbot):
        stage = window.stage
        content = stage._content
        assert len(content.compared) == 3
        assert len(content.ghosts) == 0
        assert content.in_full() == []
        assert window.findChild(object, "figure_names").isVisible()
        image = stage.grab_image()
        hues = theme_of(stage.palette()).scene.hues[:3]
        seen = [
            image.pixelColor(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
        ]

        def near(a, b):
            return abs(a.hsvHue() - b.hsvHue()) < 12 and a.hsvSaturation() > 60

        for hue in hues:
            assert sum(near(pixel, QColor(hue)) for pixel in seen) > 20, hue

    def test_pins_are_compared_with_the_focus_where_none_is_selected(self, window, qtbot):
        gallery = window.models.gallery
        gallery.pin(7)
        gallery.set_focus(2)
        press(qtbot, window, Qt.Key.Key_H)
        assert gallery.compared == [2, 16]
        table = find(window, QTableWidget, "comparison")
        assert table.horizontalHeaderItem(1).text() == "pin 1"
        qtbot.waitUntil(lambda: "…" not in self.column(table, 1).values())

    def test_their_numbers_stand_over_the_heads_and_beside_each_other(self, window, compared, qtbot):
        names = window.findChild(object, "figure_names")
        heads = window.stage.project(window.models.gallery.results[[0, 3, 5], HEAD])
        np.testing.assert_allclose(names._heads, heads, atol=0.01)
        assert names._names == (("1", 0), ("4", 1), ("6", 2))
        window.stage.set_view("top")
        assert not np.allclose(names._heads, heads)

    def test_a_pin_is_named_where_it_stands_in_a_run_and_in_a_sequence(self, window, qtbot, tmp_path):
        names = window.findChild(object, "figure_names")
        window.models.gallery.pin(7)
        assert names.isVisible()
        assert names._names == (("pin 1", None),)
        heads = window.stage.project(window.models.gallery.pinned[0].pose[None, HEAD])
        np.testing.assert_allclose(names._heads, heads, atol=0.01)
        window.models.playback.set_show("noisy")  # where no pin is drawn
        assert names._names == ()
        window.models.playback.set_show("both")
        window.files.open(a_bvh(tmp_path / "walk.bvh", people(np.random.default_rng(7)) / 10))
        imported(qtbot, window)
        qtbot.waitUntil(lambda: window.models.clips.clip is not None)
        settled(qtbot, window)
        assert names._names == (("pin 1", None),)
        window.models.clips.toggle()
        assert window.models.clips.playing
        assert names._names == ()  # the clip alone
        window.models.clips.toggle()

    def test_the_button_and_the_key_are_one(self, window, compared, qtbot):
        button = find(window, QPushButton, "gallery-compare")
        assert button.isChecked()
        button.click()
        assert not compared.isVisible()
        assert window.stage_view.frame().compared == ()
        assert not window.findChild(object, "figure_names").isVisible()

    def test_a_clicked_thumbnail_under_comparison_is_the_one_meant(self, window, compared, qtbot):
        view = window.panels["gallery"].list
        click(qtbot, window, 6)
        assert view.model().index(view.model().row_of(6)).data(INDEX) == 6
        assert window.models.gallery.compared == [6]


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_hues_are_told_apart_by_any_eyes_and_from_the_ground(scheme):
    scene = theme(scheme).scene
    for eyes in (np.eye(3), PROTAN, DEUTAN, TRITAN):
        for a, b in itertools.combinations(scene.hues, 2):
            assert np.linalg.norm(lab(eyes @ linear(a)) - lab(eyes @ linear(b))) > 10, (a, b)
    assert min(contrast(hue, scene.background) for hue in scene.hues) > 3
