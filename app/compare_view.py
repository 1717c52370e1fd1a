"""The middle of the window: the stage alone, or A and B side by side with figures between them."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.documents.runs import describe
from app.looks.elided import ElidedCombo, ElidedLabel
from app.looks.icons import icon
from app.looks.theme import theme_of
from app.models import Models
from app.panels.base import muted
from app.scene.stage import Stage, make_stage
from app.stage_view import StageView
from app.viewmodels.compare import Other

GAP = 2
"""px of the screen between A and B in a picture of both."""


class CompareView(QWidget):
    """Holds the stage, A, and when two are compared a second one, B, whose camera moves with it."""

    def __init__(self, stage: Stage, stage_view: StageView, models: Models) -> None:
        super().__init__()
        self.setObjectName("compare")
        self._stage, self._stage_view, self._models = stage, stage_view, models
        self._other: Stage | None = None
        self._a, self._b = Header("A", models), Header("B", models)
        self._a.chosen.activated.connect(lambda _: self._show(self._a.chosen.currentData()))
        self._b.chosen.activated.connect(lambda _: models.compare.choose(self._b.chosen.currentData()))
        swap = _button("compare-swap", "swap", "Swap A and B", self._swap)
        close = _button("compare-close", "close", "Show one again (C)", lambda: models.compare.set_on(False))
        self._b.layout().addWidget(swap)
        self._b.layout().addWidget(close)
        self._figures = FigureTable()
        self._sides = QSplitter(Qt.Orientation.Horizontal)
        self._sides.setObjectName("compare-sides")
        self._sides.setChildrenCollapsible(False)
        self._left, self._right = _column(self._a, stage), _column(self._b)
        self._sides.addWidget(self._left)
        self._sides.addWidget(self._right)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._sides, 1)
        layout.addWidget(self._figures)
        compare, gallery = models.compare, models.gallery
        compare.changed.connect(self._refresh)
        for signal in (
            gallery.poses_changed, gallery.focus_changed, models.playback.state_changed,
            models.layers.changed, models.session.changed,
        ):  # fmt: skip
            signal.connect(self._show_moment)
        gallery.focus_changed.connect(self._refresh)
        self._refresh()

    @property
    def other(self) -> Stage | None:
        """The second stage, once there has been one."""
        return self._other

    def picture(self, scale: int = 1) -> QImage:
        """What the stage shows, or both of them side by side, ``scale`` px to a device pixel each way."""
        shown = [self._stage]
        if self._models.compare.on and self._other is not None:
            shown.append(self._other)
        images = [stage.picture(scale) for stage in shown]
        for image in images:
            image.setDevicePixelRatio(1.0)
        width = sum(image.width() for image in images) + (len(images) - 1) * scale * GAP
        both = QImage(width, max(image.height() for image in images), QImage.Format.Format_RGB32)
        both.fill(QColor(theme_of(self.palette()).border))
        painter, left = QPainter(both), 0
        for image in images:
            painter.drawImage(left, 0, image)
            left += image.width() + scale * GAP
        painter.end()
        return both

    def _refresh(self) -> None:
        compare = self._models.compare
        for widget in (self._a, self._right, self._figures):
            widget.setVisible(compare.on)
        if not compare.on:
            return
        if self._other is None:
            self._add_stage()
        self._a.show_choice(compare.shown)
        self._b.show_choice(compare.other)
        self._show_moment()

    def _add_stage(self) -> None:
        other = self._other = make_stage()[0]
        other.setObjectName("stage-b")
        other.setAccessibleName("3D stage of the one compared with")
        other.editable = False
        other.set_camera(self._stage.camera)
        self._stage.view_changed.connect(lambda: other.set_camera(self._stage.camera))
        other.view_changed.connect(lambda: self._stage.set_camera(other.camera))
        self._right.layout().addWidget(other, 1)
        half = max(self._sides.width() // 2, 1)
        self._sides.setSizes([half, half])

    def _show_moment(self) -> None:
        compare, models = self._models.compare, self._models
        if not compare.on or self._other is None:
            return
        shot = self._stage_view.shot().of_other(models)
        self._other.show_frame(shot.frame(compare.moment, compare.position))
        self._figures.show_figures(compare.figures)
        self._b.say(_standing(models))

    def _show(self, what: Other) -> None:
        """Make this A."""
        models = self._models
        if isinstance(what, int):
            models.sampling.show_run(models.runs.find(what))
            if models.gallery.focus is not None and models.gallery.focus >= models.gallery.count:
                models.gallery.set_focus(0)
        else:
            models.gallery.set_focus(models.gallery.count + models.gallery.pinned.index(what))
        self._refresh()

    def _swap(self) -> None:
        compare = self._models.compare
        a, b = compare.shown, compare.other
        if a is not None and b is not None:
            compare.choose(a)
            self._show(b)


class Header(QWidget):
    """A or B, what it is, and what sets it apart."""

    def __init__(self, letter: str, models: Models) -> None:
        super().__init__()
        self._models = models
        label = QLabel(letter)
        label.setProperty("role", "title")
        self.chosen = ElidedCombo()
        self.chosen.setObjectName(f"compare-{letter.lower()}")
        self.chosen.setAccessibleName(f"What {letter} is")
        self.chosen.setToolTip("The run or pinned pose shown here")
        self.chosen.setMinimumWidth(56)
        self.chosen.setSizeAdjustPolicy(ElidedCombo.SizeAdjustPolicy.AdjustToContents)
        self._words = ElidedLabel(objectName=f"compare-{letter.lower()}-words")
        self._words.setProperty("role", "muted")
        self._words.setMinimumWidth(1)
        self.setFixedHeight(44)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 0, 8, 0)
        line.setSpacing(6)
        line.addWidget(label)
        line.addWidget(self.chosen)
        line.addWidget(self._words, 1)

    def show_choice(self, what: Other | None) -> None:
        """Say what it is."""
        compare, runs = self._models.compare, self._models.runs
        self.chosen.clear()
        for name, choice in compare.choices:
            self.chosen.addItem(name, choice)
        self.chosen.setCurrentIndex(next((i for i, (_, c) in enumerate(compare.choices) if c == what), -1))
        run = runs.find(what) if isinstance(what, int) else None
        self._told = describe(run, runs.find(run.parent), self._models.sampling.samplers) if run else ""
        self.say("")

    def say(self, more: str) -> None:
        """``more`` of it at this moment."""
        text = " · ".join(filter(None, [self._told, more]))
        if text != self._words.text():
            self._words.setText(text)
            self._words.setToolTip(text)


class FigureTable(QWidget):
    """Figures in columns: A over B, or one between them. Where it is narrow an ellipsis has the last ones in
    its tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("compare-figures")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 6, 12, 6)
        self._grid.setHorizontalSpacing(18)
        self._grid.setVerticalSpacing(2)
        self._grid.setSizeConstraint(QGridLayout.SizeConstraint.SetNoConstraint)
        self._cells: list[tuple[QLabel, QLabel, QLabel]] = []
        self._shape: tuple = ()
        self._rest = muted("…", "figures-rest")
        self._rest.setParent(self)
        for row, letter in ((1, "A"), (2, "B")):
            label = QLabel(letter)
            label.setProperty("role", "title")
            self._grid.addWidget(label, row, 0)

    def show_figures(self, figures: list) -> None:
        """One column each; labels are made anew only where the columns change."""
        shape = tuple((figure.label, bool(figure.between)) for figure in figures)
        if shape != self._shape:
            self._lay_out(figures)
            self._shape = shape
        for (_, a, b), figure in zip(self._cells, figures, strict=True):
            a.setText(figure.between or figure.a)
            b.setText(figure.b)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._grid.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _fit(self) -> None:
        """Show as many columns as there is room for."""
        end, rest = 60, []
        for head, a, b in self._cells:
            end += max(label.sizeHint().width() for label in (head, a, b)) + self._grid.horizontalSpacing()
            shown = (head, a) if b.property("unused") else (head, a, b)
            for label in shown:
                label.setVisible(end <= self.width())
            if end > self.width():
                rest.append(f"{head.text()}: {', '.join(label.text() for label in shown[1:])}")
        self._rest.setVisible(bool(rest))
        self._rest.setToolTip("\n".join(rest))

    def _lay_out(self, figures: list) -> None:
        for cell in self._cells:
            for label in cell:
                self._grid.removeWidget(label)
                label.deleteLater()
        self._cells = []
        for column, figure in enumerate(figures, 1):
            head, a, b = muted(figure.label), QLabel(), QLabel()
            for label in (head, a, b):
                label.setToolTip(figure.tip)
            a.setObjectName(f"figure-{column}-a")
            b.setObjectName(f"figure-{column}-b")
            self._grid.addWidget(head, 0, column)
            self._grid.addWidget(a, 1, column, 2 if figure.between else 1, 1)
            self._grid.addWidget(b, 2, column)
            b.setProperty("unused", bool(figure.between))
            b.hide()
            self._cells.append((head, a, b))
            self._grid.setColumnStretch(column, 0)
        self._grid.addWidget(self._rest, 0, len(figures) + 1)
        self._grid.setColumnStretch(len(figures) + 1, 1)


def _standing(models: Models) -> str:
    """Where B stands when it is not where A is."""
    compare, moment = models.compare, models.playback.moment
    recording = compare.recording
    if isinstance(compare.other, int) and recording is None:
        return "its poses made room for others: make it A once to sample it again"
    if recording is None or moment is None:
        return ""
    if not len(recording.trajectory):
        return "only its end is there"
    if not compare.same_axis:
        return "at the same share of its run"
    first = float(recording.trajectory.times[0])
    return f"begins at t = {first:.2f}" if moment.time > first + 1e-6 else ""


def _column(*widgets: QWidget) -> QWidget:
    column = QWidget()
    layout = QVBoxLayout(column)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for widget in widgets:
        layout.addWidget(widget, 1 if isinstance(widget, Stage) else 0)
    return column


def _button(name: str, glyph: str, tip: str, slot) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setProperty("compact", True)
    button.setIcon(icon(glyph))
    button.setIconSize(QSize(14, 14))
    button.setAutoRaise(True)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.clicked.connect(slot)
    return button
