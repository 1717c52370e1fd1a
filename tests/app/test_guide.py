"""The guide and the first hint: what they name is there, and they never stand in the way."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDockWidget, QListWidget, QTextBrowser

from app.menus.guide import TEXT, pages
from app.menus.menu_entries import entries
from app.settings import Settings
from tests.app.test_window import SHIFT, find, notices, press


def test_it_has_a_page_for_everything_and_its_keys_are_the_actions_own(window, qtbot):
    press(qtbot, window, Qt.Key.Key_F1, SHIFT)
    guide = find(window, QDockWidget, "dock-guide")
    assert guide.isVisible()
    titles, page = find(guide, QListWidget, "guide-titles"), find(guide, QTextBrowser, "guide-page")
    listed = [titles.item(row).text() for row in range(titles.count())]
    assert {"Tasks", "Evidence", "Timeline", "Hypotheses", "Image", "Compare", "Export"} <= set(listed)
    for row in range(titles.count()):
        titles.setCurrentRow(row)
        told = page.toPlainText()
        assert told.lstrip().startswith(listed[row])
        assert "{" not in told
        assert "****" not in page.toMarkdown()
    titles.setCurrentRow(listed.index("Evidence"))
    assert window.actions_["snap"].shortcut().toString() in page.toPlainText()


def test_no_key_is_written_into_the_text():
    raw = re.sub(r"\{[^}]*\}", "", TEXT.read_text("utf-8"))
    assert not re.findall(r"(?:Ctrl|Alt|Shift)\+\w|\bF\d+\b", raw)


def test_a_name_that_is_gone_is_found_out(window):
    actions = {entry.name.removeprefix("action-"): entry for entry in entries(window)}
    with pytest.raises(KeyError):
        pages("# A\n{key:nothing-of-the-kind}\n", actions)


def test_pictures_are_as_wide_as_there_is_room_and_left_out_where_there_are_none(
    window, qtbot, tmp_path, monkeypatch
):
    wide = tmp_path / "guide-evidence.png"
    QImage(2000, 400, QImage.Format.Format_RGB32).save(str(wide))
    monkeypatch.setattr("app.menus.guide._picture", lambda name: wide if name == wide.name else None)
    window.show_guide()
    page, titles = find(window, QTextBrowser, "guide-page"), find(window, QListWidget, "guide-titles")
    titles.setCurrentItem(titles.findItems("Evidence", Qt.MatchFlag.MatchExactly)[0])
    image = page.loadResource(2, page.document().baseUrl().resolved("guide-evidence.png"))
    assert image.width() <= page.viewport().width() * page.devicePixelRatioF()
    titles.setCurrentItem(titles.findItems("Image", Qt.MatchFlag.MatchExactly)[0])
    assert "guide-image.png" not in page.toMarkdown()


@pytest.mark.parametrize("way", ["Got it", "Guide", "close", "edit"])
def test_the_first_hint_goes_away_for_good(window, open_window, way):
    window.welcome()
    assert ("info", "New here?") in notices(window)
    if way == "edit":
        window.models.conditioning.apply_preset("legs")
    else:
        window.findChild(object, "banner-close" if way == "close" else f"banner-{way.lower()}").click()
    assert ("info", "New here?") not in notices(window)
    assert find(window, QDockWidget, "dock-guide").isVisible() if way == "Guide" else True
    second = open_window()
    second.welcome()
    assert ("info", "New here?") not in notices(second)


def test_a_hint_that_was_not_answered_comes_again(window, open_window):
    window.welcome()
    window.close()
    second = open_window()
    second.welcome()
    assert ("info", "New here?") in notices(second)
    assert not Settings().choice("window/welcomed")
