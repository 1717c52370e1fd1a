"""How the window behaves to everyone: keyboard, palette, overlay, names for screen readers, choices kept."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QScrollArea,
    QScrollBar,
    QToolButton,
    QWidget,
)

from app.looks.fuzzy import fit
from app.looks.names import CONTROLS
from app.menus.command_palette import ENTRY
from app.menus.menu_entries import entries
from app.menus.sample_menu import TASK_KEYS
from app.remembering import choices
from gfpose_core.condition import FREE, SEEN_2D
from tests.app.conftest import settled
from tests.app.test_window import CTRL, SHIFT, find, press


def inner(widget: QWidget) -> bool:
    """Whether it is a part that Qt makes of another widget, or of a list that drops down."""
    above = widget.parent()
    mine = isinstance(above, QAbstractSpinBox | QComboBox | QDockWidget | QAbstractItemView)
    return (
        mine
        or widget.objectName().startswith(("qt_", "Scroll"))  # of tab bars
        or (above is not None and above.objectName().startswith("qt_"))
        or isinstance(widget, QScrollBar)
        or "QComboBoxPrivateContainer" in (above.metaObject().className() if above else "")
    )


def controls(window) -> list[QWidget]:
    return [widget for kind in CONTROLS for widget in window.findChildren(kind) if not inner(widget)]


@pytest.fixture
def whole(window, qtbot):
    """A window with everything on show that can be."""
    for action in (a for a in window.actions_.by_name.values() if a.isCheckable() and a.isEnabled()):
        if action.objectName().startswith("action-show-"):
            action.setChecked(True)
    for dock in window.findChildren(QDockWidget):
        dock.show()
    window.models.conditioning.apply_preset("legs")
    window.models.conditioning.select([13])
    window.models.notices.error("A banner", "with a button", "and details")
    settled(qtbot, window)
    window.show_keys()
    window.show_keys()
    return window


def test_every_control_has_a_name_a_tooltip_and_words_for_a_screen_reader(whole):
    lacking = []
    for control in controls(whole):
        said = control.accessibleName() or (control.text() if isinstance(control, QAbstractButton) else "")
        for what, there in (
            ("objectName", control.objectName()),
            (
                "tooltip",
                control.toolTip() or isinstance(control, QAbstractItemView),
            ),  # its rows have their own
            ("accessible name or text", said),
        ):
            if not there:
                lacking.append(
                    f"{what}: {control.objectName() or control} in {control.parent().objectName()}"
                )
    assert not lacking, "\n".join(lacking)


def test_object_names_are_told_apart(whole):
    names = [
        control.objectName() for control in controls(whole) if not control.objectName().startswith("banner")
    ]
    assert not {name for name in names if names.count(name) > 1}


def test_no_two_actions_have_a_key_in_common(window):
    keys = [key for action in window.actions_.by_name.values() for key in action.shortcuts()]
    assert not {key.toString() for key in keys if keys.count(key) > 1}


def test_every_action_of_the_table_is_in_a_menu(window):
    listed = {id(entry.action) for entry in entries(window)}
    missing = [
        name for name, a in window.actions_.by_name.items() if id(a) not in listed and a.menu() is None
    ]
    assert not missing


def test_everything_can_be_reached_by_tab(whole, qtbot):
    """From widget to widget, all controls on show that can be used come up."""
    whole.activateWindow()
    qtbot.waitUntil(whole.isActiveWindow, timeout=3000)
    whole.stage.setFocus()
    reached = set()
    for _ in range(400):
        focus = QApplication.focusWidget()
        if focus in reached:
            break
        reached.add(focus)
        whole.focusNextChild()
    usable = [c for c in controls(whole) if c.isVisible() and c.isEnabled()]
    left_out = [
        c.objectName() for c in usable if c not in reached and c.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    by_key_alone = [c.objectName() for c in usable if not c.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert not left_out
    closing = {f"dock-{key}-close" for key in whole.docks} | {"banner-close"}
    assert set(by_key_alone) <= {*closing, "banner-more", "comparison", "command-palette-list"}


def test_f6_goes_round_all_areas_and_comes_back(whole, qtbot):
    places = []
    press(qtbot, whole, Qt.Key.Key_F6)
    whole.stage.setFocus()
    for _ in range(20):
        focus = QApplication.focusWidget()
        above = focus
        while above is not None and not isinstance(above, QDockWidget) and above is not whole.toolbar:
            above = above.parentWidget()
        places.append("stage" if focus is whole.stage else above.objectName())
        if len(places) > 1 and places[-1] == "stage":
            break
        qtbot.keyClick(whole.windowHandle(), Qt.Key.Key_F6)
    assert {"dock-evidence", "dock-timeline", "dock-gallery", "toolbar"} <= set(places)
    assert all(a != b for a, b in pairwise(places))
    assert places[-1] == "stage"
    qtbot.keyClick(whole.windowHandle(), Qt.Key.Key_F6, SHIFT)
    focus = QApplication.focusWidget()
    assert whole.toolbar.isAncestorOf(focus)


def test_a_ring_shows_where_the_keyboard_went_and_a_click_shows_none(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=3000)
    areas = window.stage, window.panels["evidence"].map
    for area, other in (areas, areas[::-1]):
        ring = area.findChild(QWidget, "focus_ring")
        other.setFocus(Qt.FocusReason.MouseFocusReason)
        area.setFocus(Qt.FocusReason.ShortcutFocusReason)
        assert ring.isVisible()
        assert ring.size() == area.size()
        other.setFocus(Qt.FocusReason.MouseFocusReason)
        assert not ring.isVisible()
        assert not other.findChild(QWidget, "focus_ring").isVisible()


def open_palette(qtbot, window):
    press(qtbot, window, Qt.Key.Key_P, CTRL | SHIFT)
    assert window.palette_.isVisible()
    return window.palette_


def listed(palette) -> list[str]:
    rows = palette.findChild(QListWidget)
    return [rows.item(row).data(ENTRY).text for row in range(rows.count())]


def test_the_palette_finds_does_and_remembers(window, qtbot):
    palette = open_palette(qtbot, window)
    assert len(listed(palette)) == len(entries(window))
    qtbot.keyClicks(palette.line, "compl arms")
    assert listed(palette)[0] == "Complete arms"
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.models.conditioning.preset.key == "arms"
    open_palette(qtbot, window)
    assert listed(palette)[0] == "Complete arms"
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert QApplication.focusWidget() is window.stage


def test_the_palette_is_left_though_what_had_the_keyboard_is_gone(window, qtbot):
    window.models.notices.error("Could not", "Do it again.")
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=3000)
    close, palette = find(window, QToolButton, "banner-close"), window.palette_
    close.setFocus(Qt.FocusReason.TabFocusReason)
    assert QApplication.focusWidget() is close
    palette.toggle()
    window.models.notices.dismiss(window.models.notices.shown[0])
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.keyClick(palette.line, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_a_palette_that_finds_nothing_says_so(window, qtbot):
    palette = open_palette(qtbot, window)
    nothing = find(palette, QLabel, "command-palette-nothing")
    assert not nothing.isVisible()
    qtbot.keyClicks(palette.line, "zzzqq")
    assert nothing.isVisible()
    assert nothing.text().startswith("Nothing fits")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.line.clear()
    assert not nothing.isVisible()
    assert len(listed(palette)) == len(entries(window))


def test_what_cannot_be_done_now_is_found_says_why_and_does_nothing(window, qtbot):
    palette = open_palette(qtbot, window)
    qtbot.keyClicks(palette.line, "fixed in 3d")
    entry = palette.findChild(QListWidget).item(0).data(ENTRY)
    assert entry.text == "Selected joints: fixed in 3D"
    assert entry.reason.startswith("no joint is selected")
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_escape_leaves_the_palette_and_not_the_run(open_window, qtbot):
    from app.documents.document import Document
    from tests.app.test_window import SLOW

    window = open_window(document=Document(options=SLOW))
    qtbot.waitUntil(lambda: window.models.playback.live)
    palette = open_palette(qtbot, window)
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.models.sampling.busy


def test_the_overlay_has_every_key_by_menu_and_searches_them(window, qtbot):
    press(qtbot, window, Qt.Key.Key_F1)
    sheet = window.findChild(QWidget, "cheat-sheet")

    def shown() -> set[str]:
        page = sheet.findChild(QScrollArea, "cheat-sheet-page")
        return {label.text() for label in page.widget().findChildren(QLabel)}

    for action in window.actions_.by_name.values():
        if action.menu() is None:
            for key in action.shortcuts():
                text = key.toString(QKeySequence.SequenceFormat.NativeText)
                assert any(text in told.split(" or ") for told in shown()), action.text()
    assert {"File", "Edit", "View", "Sample", "Help", "Mouse", "Keys of panels"} <= shown()
    qtbot.keyClicks(sheet.line, "snap")
    assert "Mouse" not in shown()
    assert "L" in shown()


SAME = {
    "button-sample": "sample", "button-cancel": "cancel", "button-live": "live", "button-undo": "undo",
    "button-redo": "redo", "button-picture": "picture", "status-cancel": "cancel", "sequence-stop": "cancel",
    "timeline-first": "to-noise", "timeline-last": "to-pose", "timeline-back": "step-back",
    "timeline-forward": "step-on", "timeline-reverse": "reverse", "timeline-play": "play",
    "timeline-loop": "loop", "timeline-show": "show-next", "timeline-arrows": "show-arrows",
    "timeline-trails": "show-trails", "timeline-spread": "show-spread", "timeline-plots": "show-plots",
    "gallery-order": "sort-next", "gallery-turn": "worst-first", "gallery-clusters-chip": "clusters",
    "gallery-medoids-chip": "medoids", "gallery-fold-chip": "fold", "gallery-use": "use",
    "gallery-pin": "pin", "gallery-compare": "show-compare", "branch-here": "branch",
    "runs-compare": "compare", "compare-close": "compare", "lab-run": "lab", "image-open": "open-image",
    "image-blank": "blank-canvas", "image-find": "find-person", "image-guide": "place-joints",
    "image-hide": "hide-joints", "image-swap": "swap-sides", "sequence-back": "sequence-back",
    "sequence-play": "sequence-play", "sequence-forward": "sequence-on", "sequence-beside": "sequence-beside",
    "sequence-export": "sequence-export", "level-free": "level-free", "level-2d": "level-2d",
    "level-3d": "level-3d", "snap": "snap", "snap-after-drag": "snap-after-drag", "paper": "paper",
    **{f"preset-{key.replace(' ', '-')}": f"task-{key}" for key in TASK_KEYS},
}  # fmt: skip
"""Controls, and the actions that do the same."""

IN_TIP = re.compile(r"\(([^()]*)\)(?=\n|$)")
KEY = re.compile(r"(?:Ctrl\+|Alt\+|Shift\+)+(?:\w+|\S)|\b(?:F\d+|Home|End|Space|Esc)\b")


def test_a_control_names_the_key_of_the_action_that_does_the_same(whole):
    actions = whole.actions_.by_name
    wrong = [
        f"{control}: {tip!r} lacks {key}"
        for control, name in SAME.items()
        for tip, key in [(find(whole, QWidget, control).toolTip(), actions[name].shortcut().toString())]
        if not any(re.search(rf"(?<![\w+]){re.escape(key)}(?!\w)", told) for told in IN_TIP.findall(tip))
    ]
    assert not wrong, "\n".join(wrong)


def test_no_tooltip_names_a_key_that_is_none(whole):
    keys = {key.toString() for action in whole.actions_.by_name.values() for key in action.shortcuts()}
    told = [words for control in controls(whole) for words in IN_TIP.findall(control.toolTip())]
    named = {key for words in told for key in KEY.findall(words)}
    assert len(named) > 20
    assert named <= keys


def test_the_body_map_keeps_its_keys_to_itself_and_leaves_others_alone(window, qtbot):
    body, models = window.panels["evidence"].map, window.models
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=3000)
    body.setFocus()
    for key in (Qt.Key.Key_J, Qt.Key.Key_J, Qt.Key.Key_K, Qt.Key.Key_Return):
        qtbot.keyClick(window.windowHandle(), key)
    assert not models.ranking.arrangement.grouped
    assert models.session.document.levels.tolist() == [SEEN_2D, *[FREE] * 16]
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_K, SHIFT)
    assert models.ranking.arrangement.medoids_only


def test_the_view_is_reset_by_its_key_and_home_goes_to_the_noise(window, qtbot):
    first = window.stage.camera
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Plus):
        before = window.stage.camera
        press(qtbot, window, key)
        assert window.stage.camera != before
    moved = window.stage.camera
    press(qtbot, window, Qt.Key.Key_Home)
    assert window.models.playback.position == 0
    assert window.stage.camera == moved
    press(qtbot, window, Qt.Key.Key_0, CTRL)
    assert window.stage.camera == first


@given(st.text("abc ", max_size=6), st.text("abcd -", max_size=12))
def test_letters_fit_where_they_occur_in_order(typed, text):
    def occurs(word):
        rest = iter(text)
        return all(letter in rest for letter in word)

    assert (fit(typed, text) is not None) == all(occurs(word) for word in typed.split())


def test_the_beginnings_of_words_and_letters_together_fit_best():
    names = ["Save session as", "Paper settings", "Slower", "Snap bones to their lengths"]
    assert max(names, key=lambda name: fit("sn", name) or -99) == "Snap bones to their lengths"
    assert max(names, key=lambda name: fit("ses", name) or -99) == "Save session as"
    assert fit("xyz", "Sample") is None


OTHER = {
    "sampling/live": False,
    "playback/speed": 2.0,
    "playback/show": "clean",
    "playback/loop": True,
    "evidence/snaps": True,
    "window/layers": ["trails"],
    "plots/chosen": ["bones", "mpjpe"],
}


def chosen(window) -> dict[str, object]:
    return {choice.key: choice.read() for choice in choices(window.models) if choice.key in OTHER}


def test_choices_outlive_the_window_and_nonsense_does_no_harm(window, open_window):
    before = chosen(window)
    for choice in choices(window.models):
        if choice.key in OTHER:
            choice.put(OTHER[choice.key])
    window.settings.folder = "/somewhere"
    window.close()
    second = open_window()
    assert chosen(second) == OTHER
    assert second.settings.folder == "/somewhere"
    second.close()
    for choice in choices(second.models):
        second.settings.keep_choice(choice.key, {"no": "sense"})
    second.settings._store.setValue("playback/speed", "{")
    assert chosen(open_window()) == before


def test_the_window_comes_back_as_it_was_left(window, open_window):
    window.resize(window.minimumSizeHint() + QSize(20, 10))
    size = window.size()
    window.findChild(QDockWidget, "dock-timeline").hide()
    window.close()
    second = open_window()
    assert second.size() == size
    assert not second.findChild(QDockWidget, "dock-timeline").isVisible()


def test_every_panel_has_a_button_that_closes_it_and_one_action_brings_all_back(window, qtbot):
    def places():
        """Of the docks that are not behind others."""
        front = {key: dock for key, dock in window.docks.items() if not dock.visibleRegion().isEmpty()}
        return {key: dock.geometry() for key, dock in front.items()}

    shown = [key for key, dock in window.docks.items() if dock.isVisible()]
    before = places()
    for key in shown:
        dock = window.docks[key]
        dock.raise_()
        close = find(dock, QToolButton, f"dock-{key}-close")
        qtbot.waitUntil(close.isVisible, timeout=3000)
        picture = close.grab().toImage()
        assert len({picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}) > 3
        qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
        assert not dock.isVisible()
    window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, window.docks["timeline"])
    window.docks["runs"].setFloating(True)
    window.actions_["reset-panels"].trigger()
    assert [key for key, dock in window.docks.items() if dock.isVisible()] == shown
    qtbot.waitUntil(lambda: places() == before, timeout=3000)


def test_details_of_an_error_can_be_read_by_everyone(whole):
    details = find(whole, QPlainTextEdit, "banner-details")
    assert details.accessibleName()
