"""A seeded monkey at the real window: it clicks, drags, types, chooses and opens what it finds there.

It knows no feature. Actions come out of the window's own table, controls are whatever widgets are visible, so
that what is added to the window is exercised without a word here.
"""

from __future__ import annotations

import gc
import os
import random
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from unittest import mock

from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QDropEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QMenu,
    QMenuBar,
    QToolButton,
    QWidget,
)  # fmt: skip

from app.main_window import MainWindow
from app.settings import Settings
from app.viewmodels.notices import Notice

MODIFIERS = [Qt.KeyboardModifier.NoModifier] * 3 + [
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
]  # fmt: skip
LEFT = Qt.MouseButton.LeftButton
KEYS = [Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Home, Qt.Key.Key_X,
        Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Z]  # fmt: skip

NOT_PRESSED = ("quit",)
"""Actions that would end the run."""

LARGEST = {"hypotheses": 12, "steps": 30, "width": 200, "height": 160, "seconds": 1.5, "most": 12}
"""What a number may be set to, by a part of its control's name: the machine that runs this is small."""

BROKEN = "broken"
"""In the name of every file that cannot be read: what is said of those is as it should be."""

SETTLE_S = 60


class Monkey:
    """Drives ``window`` with the files in ``folder``, where it also writes; ``errors`` is what went wrong."""

    def __init__(self, window: MainWindow, folder: Path, seed: int) -> None:
        self.window, self.folder = window, folder
        self.errors: list[str] = []
        self.did: list[str] = []
        self._random = random.Random(seed)
        self._written = 0
        self._first = window.models.session.document
        self._seen: set[int] = set()
        window.models.notices.changed.connect(self._read_banners)
        (folder / f"{BROKEN}.npz").write_bytes(b"PK\x03\x04 is no archive")
        (folder / f"{BROKEN}.json").write_text('{"poses": [1, 2')

    def act(self) -> None:
        """Do one thing a person could do, and let the window work on it for a moment."""
        deeds: list[tuple[int, Callable[[], str]]] = [
            (30, self._press_an_action), (20, self._use_a_control), (12, self._click_somewhere),
            (10, self._drag_on_the_stage), (6, self._turn_the_wheel), (6, self._type_a_key), (5, self._scrub),
            (5, self._undo_or_redo), (5, self._drop_a_file), (4, self._resize), (3, self._change_the_theme),
            (2, self._close_dialogs),
        ]  # fmt: skip
        deed = self._random.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])[0]
        try:
            self.did.append(deed())
        except Exception as error:
            self.errors.append(f"{deed.__name__}: {error!r}")
        self._let_it_work(self._random.choice((0.0, 0.01, 0.03, 0.08)))

    def settle(self) -> None:
        """Undo everything, close what is open, and wait until nothing is under way.

        The history is let go of then: it holds the runs it could bring back, which is no leak.
        """
        models, stack = self.window.models, self.window.models.session.undo_stack
        self._close_dialogs()
        self.window.studio.cancel()
        self._wait("work under way", lambda: self._idle())
        stack.setIndex(0)
        self._wait("the first document's run", lambda: self._idle())
        now = models.session.document
        if now is not self._first:
            names = [f.name for f in fields(now) if getattr(now, f.name) is not getattr(self._first, f.name)]
            steps = [stack.text(k) for k in range(stack.count())]
            at = f"step {stack.index()} of {steps}"
            self.errors.append(f"undoing everything does not bring the first document back: {names}, at {at}")
        stack.clear()

    def _idle(self) -> bool:
        models = self.window.models
        sampling = models.sampling
        busy = sampling.busy or sampling.loading or sampling.waiting or models.playback.playing
        busy = busy or models.clips.busy or models.lab.running
        if models.playback.playing and models.playback.loop:
            models.playback.pause()
        return not (busy or models.runner.calling or models.runner.weighing or self.window.studio.job)

    # What a person could do

    def _press_an_action(self) -> str:
        names = [
            name
            for name, action in self.window.actions_.by_name.items()
            if action.isEnabled() and name not in NOT_PRESSED
        ]
        name = self._random.choice(names)
        self.window.actions_[name].trigger()
        return f"action {name}"

    def _use_a_control(self) -> str:
        kinds = (QAbstractButton, QComboBox, QAbstractSpinBox, QAbstractSlider, QAbstractItemView)
        controls = [w for w in self._widgets() if isinstance(w, kinds) and w.isEnabled()]
        control = self._random.choice(controls)
        name = control.objectName() or type(control).__name__
        if isinstance(control, QComboBox):
            if control.count():
                control.setCurrentIndex(self._random.randrange(control.count()))
                control.activated.emit(control.currentIndex())
        elif isinstance(control, QAbstractItemView):
            self._click(control.viewport(), self._somewhere(control.viewport()))
        elif isinstance(control, QAbstractButton):
            control.click()
        elif hasattr(control, "setValue"):
            self._set_number(control, name)
        return f"control {name}"

    def _set_number(self, control, name: str) -> None:
        low, high = control.minimum(), control.maximum()
        high = min([high, *(most for part, most in LARGEST.items() if part in name)])
        near = control.value() + self._random.choice((-5, -1, 1, 5)) * max(control.singleStep(), 0)
        value = self._random.choice((near, self._random.uniform(low, high)))
        control.setValue(type(control.value())(min(max(value, low), high)))

    def _click_somewhere(self) -> str:
        painted = [w for w in self._widgets() if not w.findChildren(QWidget) and not isinstance(w, QMenuBar)]
        plain = [w for w in painted if not isinstance(w, (QComboBox, QToolButton))]
        widget = self._random.choice([self.window.stage] * 12 + plain)
        at = self._somewhere(widget)
        if widget is self.window.stage and self._random.random() < 0.7:
            at = self._joint() or at
        self._click(widget, at)
        return f"click on {widget.objectName() or type(widget).__name__}"

    def _drag_on_the_stage(self) -> str:
        stage, keys = self.window.stage, self._random.choice(MODIFIERS)
        start, end = self._joint() or self._somewhere(stage), self._somewhere(stage)
        button = self._random.choice((LEFT, LEFT, Qt.MouseButton.RightButton))
        self._mouse(stage, QMouseEvent.Type.MouseButtonPress, start, button, keys)
        for share in (0.2, 0.5, 0.8, 1.0):
            self._mouse(stage, QMouseEvent.Type.MouseMove, start + (end - start) * share, button, keys)
            if self._random.random() < 0.2:
                QTest.keyClick(stage, self._random.choice(KEYS[5:6] + KEYS[-1:]))
            if self._random.random() < 0.2:
                self._turn_the_wheel()
            self._let_it_work(0.01)
        self._mouse(stage, QMouseEvent.Type.MouseButtonRelease, end, button, keys)
        return "drag"

    def _turn_the_wheel(self) -> str:
        stage, none = self.window.stage, Qt.MouseButton.NoButton
        at = QPointF(self._somewhere(stage))
        turn = QPoint(0, self._random.choice((-240, -120, 120, 240)))
        event = QWheelEvent(at, stage.mapToGlobal(at), QPoint(), turn, none, MODIFIERS[0],
                            Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
        self._deliver(stage, event)
        return "wheel"

    def _type_a_key(self) -> str:
        widget = QApplication.focusWidget() or self.window.stage
        key, name = self._random.choice(KEYS), widget.objectName() or type(widget).__name__
        QTest.keyClick(widget, key)  # which may be the end of the widget
        return f"key {key.name} in {name}"

    def _scrub(self) -> str:
        playback = self.window.models.playback
        for _ in range(4):
            playback.seek(self._random.uniform(0, max(playback.last, 1)))
            self._let_it_work(0.005)
        return "scrub"

    def _undo_or_redo(self) -> str:
        name = self._random.choice(("undo", "undo", "redo"))
        for _ in range(self._random.randrange(1, 5)):
            self.window.actions_[name].trigger()
        return name

    def _drop_a_file(self) -> str:
        path = self._random.choice(self._files())
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        at = QPointF(self.window.rect().center())
        self.window.dropEvent(QDropEvent(at, Qt.DropAction.CopyAction, data, LEFT, MODIFIERS[0]))
        return f"drop {path.name}"

    def _resize(self) -> str:
        self.window.resize(self._random.randrange(700, 1500), self._random.randrange(500, 950))
        return "resize"

    def _change_the_theme(self) -> str:
        scheme = self._random.choice(("dark", "light", None))
        self.window.use_scheme(scheme)
        return f"theme {scheme}"

    def _close_dialogs(self) -> str:
        for widget in self.window.findChildren(QDialog):
            widget.reject()
        return "close dialogs"

    # How it does it

    def _widgets(self) -> list[QWidget]:
        found = self.window.findChildren(QWidget)
        return [
            w
            for w in found
            if w.isVisible() and w.width() > 4 and w.height() > 4 and not isinstance(w, QMenu)
        ]

    def _somewhere(self, widget: QWidget) -> QPoint:
        return QPoint(self._random.randrange(widget.width()), self._random.randrange(widget.height()))

    def _joint(self) -> QPoint | None:
        at = self.window.stage.joint_screen_position(self._random.randrange(17))
        return None if at is None else at.toPoint()

    def _click(self, widget: QWidget, at: QPoint) -> None:
        keys = self._random.choice(MODIFIERS)
        if self._random.random() < 0.15:
            QTest.mouseDClick(widget, LEFT, keys, at)
        else:
            QTest.mouseClick(widget, LEFT, keys, at)

    def _mouse(self, widget: QWidget, kind: QMouseEvent.Type, at: QPoint, button, keys) -> None:
        where = QPointF(at)
        held = Qt.MouseButton.NoButton if kind == QMouseEvent.Type.MouseButtonRelease else button
        event = QMouseEvent(kind, where, widget.mapToGlobal(where), button, held, keys)
        self._deliver(widget, event)

    def _deliver(self, widget: QWidget, event: QEvent) -> None:
        """By Qt's loop: an error of Python under ``sendEvent`` may end the process (see ``OwnKeys``)."""
        QApplication.postEvent(widget, event)
        QApplication.processEvents()

    def _let_it_work(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        QApplication.processEvents()
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.002)
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # no loop runs that would delete

    def _wait(self, what: str, done: Callable[[], bool]) -> None:
        end = time.monotonic() + SETTLE_S
        while time.monotonic() < end:
            self._let_it_work(0.05)
            if done():
                return
        self.errors.append(f"{what} is not over after {SETTLE_S} s")

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.is_file() and path.name[0] != ".")

    def name_to_open(self) -> str:
        """What a dialog that asks for a file to open is answered; now and then nothing."""
        return str(self._random.choice(self._files())) if self._random.random() < 0.9 else ""

    def name_to_save(self, suffix: str) -> str:
        """What a dialog that asks for a name is answered: one of a few, so that the folder stays small."""
        self._written += 1
        return str(self.folder / f"made-{self._written % 3}{suffix}") if self._random.random() < 0.9 else ""

    def _read_banners(self) -> None:
        for notice in self.window.models.notices.shown:
            if id(notice) not in self._seen and notice.kind == "error" and not _expected(notice):
                after = ", ".join(self.did[-6:])
                self.errors.append(f"{notice.title}: {notice.what_to_do} (after {after})\n{notice.details}")
        self._seen = {id(notice) for notice in self.window.models.notices.shown}


def _expected(notice: Notice) -> bool:
    """What is said of a file that is broken, of a kind that cannot be opened, or written over since a session
    named it, is as it should be."""
    said = notice.title + notice.what_to_do
    refusals = (
        "drop a checkpoint", "is no checkpoint", "no clip of motion", "complete the clip first",
        "behind the camera", "Could not read the sequence",
    )  # fmt: skip
    return BROKEN in said or any(words in said for words in refusals)


def _shut_what_waits(monkey: Monkey) -> None:
    """A menu is shut again, as by Esc; a modal box should not be there at all."""
    if (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    elif (box := QApplication.activeModalWidget()) is not None:
        monkey.errors.append(f"a modal box: {box.objectName() or type(box).__name__}")
        box.close()


@contextmanager
def at_large(monkey: Monkey) -> Iterator[None]:
    """Dialogs that would wait for a person are answered by the monkey, and no exception goes unseen."""
    shutting = QTimer(interval=200, timeout=lambda: _shut_what_waits(monkey))
    shutting.start()

    def uncaught(kind, error, trace) -> None:
        monkey.errors.append("".join(traceback.format_exception(kind, error, trace)))

    def save(parent=None, caption="", folder="", filters="", *rest, **more):
        chosen = monkey._random.choice((filters or "(*)").split(";;"))
        suffix = chosen.rpartition("*")[2].rstrip(")") if "*" in chosen else ""
        return monkey.name_to_save(suffix), chosen

    def uncaught_in_a_thread(hook) -> None:
        uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)

    answers = {
        "getOpenFileName": lambda *_, **__: (monkey.name_to_open(), ""),
        "getOpenFileNames": lambda *_, **__: ([*filter(None, [monkey.name_to_open()])], ""),
        "getSaveFileName": save,
        "getExistingDirectory": lambda *_, **__: str(monkey.folder),
    }
    with (
        mock.patch.multiple(QFileDialog, **answers),
        mock.patch.object(QDesktopServices, "openUrl"),
        mock.patch.object(sys, "excepthook", uncaught),
        mock.patch.object(threading, "excepthook", uncaught_in_a_thread),
    ):
        yield
    shutting.stop()


def resident_mb() -> float:
    """Memory this process has in use, after what is free has been given back."""
    gc.collect()
    try:
        import ctypes

        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except OSError:  # another C library
        pass
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def small_window(backend, settings: Settings) -> MainWindow:
    """A window whose runs are small."""
    from app.documents.document import Document

    window = MainWindow(backend, settings, Document(hypotheses=6, options={"dpm-solver": {"steps": 8}}))
    window.show()
    window.start()
    return window
