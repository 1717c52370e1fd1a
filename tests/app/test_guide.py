"""The guide and the first hint: what they name is there, and they never stand in the way."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QDockWidget, QListWidget, QTextBrowser, QToolButton

from app.documents.document import Document
from app.menus.guide import TEXT, pages
from app.menus.menu_entries import entries
from app.settings import Settings
from tests.app.test_window import SHIFT, SLOW, find, notices, press


def test_it_has_a_page_for_everything_and_its_keys_are_the_actions_own(window, qtbot):
    press(qtbot, window, Qt.Key.Key_F1, SHIFT)
    guide = find(window, QDockWidget, "dock-guide")
    assert guide.isVisible()
    titles, page = find(guide, QListWidget, "guide-titles"), find(guide, QTextBrowser, "guide-page")
    listed = [titles.item(row).text() for row in range(titles.count())]
    named = {"Tasks", "Evidence", "Timeline", "Hypotheses", "Image", "Sequences", "Compare", "Export"}
    assert named <= set(listed)
    for row in range(titles.count()):
        titles.setCurrentRow(row)
        told = page.toPlainText()
        assert told.lstrip().startswith(listed[row])
        assert "{" not in told
        assert "****" not in page.toMarkdown()
        title = page.document().begin()
        words = title.next()
        sizes = [block.begin().fragment().charFormat().font().pointSizeF() for block in (title, words)]
        assert (title.text(), title.blockFormat().headingLevel()) == (listed[row], 1)
        assert (sizes[1] < sizes[0], words.blockFormat().headingLevel()) == (True, 0)
    titles.setCurrentRow(listed.index("Evidence"))
    assert window.actions_["snap"].shortcut().toString() in page.toPlainText()


@pytest.fixture
def guide(window, qtbot):
    """The guide as its key opens it."""
    press(qtbot, window, Qt.Key.Key_F1, SHIFT)
    guide = find(window, QDockWidget, "dock-guide")
    qtbot.waitUntil(guide.isActiveWindow, timeout=3000)
    return guide


@pytest.mark.parametrize("way", ["Esc", "Shift+F1", "button"])
def test_it_has_the_keyboard_and_three_ways_out(window, qtbot, guide, way):
    assert guide.isAncestorOf(QApplication.focusWidget())
    if way == "button":
        close = find(guide, QToolButton, "dock-guide-close")
        assert close.isVisible()
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    elif way == "Esc":
        qtbot.keyClick(guide.windowHandle(), Qt.Key.Key_Escape)
    else:
        qtbot.keyClick(guide.windowHandle(), Qt.Key.Key_F1, SHIFT)
    assert not guide.isVisible()
    qtbot.waitUntil(window.isActiveWindow, timeout=3000)


def test_escape_in_the_guide_is_not_for_the_run(open_window, qtbot):
    window = open_window(document=Document(options=SLOW))
    qtbot.waitUntil(lambda: window.models.playback.live)
    window.show_guide()
    guide = find(window, QDockWidget, "dock-guide")
    qtbot.waitUntil(guide.isActiveWindow, timeout=3000)
    qtbot.keyClick(guide.windowHandle(), Qt.Key.Key_Escape)
    assert not guide.isVisible()
    assert window.models.sampling.busy


def test_it_is_on_the_screen_and_leaves_menus_and_toolbar_free(window, qtbot, guide):
    room = window.screen().availableGeometry()
    over = guide.geometry()
    assert room.contains(over)
    below = window.toolbar.mapToGlobal(window.toolbar.rect().bottomLeft())
    assert over.top() > below.y()
    moved = over.translated(-40, 10)
    guide.setGeometry(moved)
    guide.close()
    window.show_guide()
    assert guide.geometry().topLeft() == moved.topLeft()
    guide.close()
    guide.move(room.right() - 20, room.bottom() - 20)
    window.show_guide()
    assert guide.geometry() == over


def test_it_makes_way_for_what_lies_over_the_window(window, qtbot, guide):
    qtbot.keyClick(guide.windowHandle(), Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window.palette_.isVisible()
    assert not guide.isVisible()
    qtbot.waitUntil(window.palette_.line.hasFocus, timeout=3000)
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    assert guide.isVisible()
    qtbot.waitUntil(lambda: guide.isAncestorOf(QApplication.focusWidget()), timeout=3000)


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
