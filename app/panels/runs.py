"""The runs so far as a tree: which branched from which, at what t, and what was changed."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QListView,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.documents.runs import Run
from app.follower import Follower
from app.looks.elided import ElidedLabel
from app.looks.icons import icon
from app.models import Models
from app.panels.base import Panel, muted
from app.panels.branch_button import BranchButton
from app.panels.run_tree import ROW, RUN, RunModel, RunRows


class RunList(QListView):
    """The list, with its keys."""

    enter_pressed = Signal(object)  # Run
    delete_pressed = Signal(object)  # Run

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Return: self.enter_pressed, Qt.Key.Key_Delete: self.delete_pressed}
        if event.key() in keys and self.currentIndex().isValid():
            keys[event.key()].emit(self.currentIndex().data(RUN))
        else:
            super().keyPressEvent(event)


class RunsPanel(Panel):
    """Shows, names, keeps and deletes runs; says where the document goes on from."""

    key = "runs"
    title = "Runs"
    area = Qt.DockWidgetArea.BottomDockWidgetArea

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(models, parent)
        self._model = RunModel(models)
        view = self._view = RunList()
        view.setObjectName("runs")
        view.setAccessibleName("Runs and their branches")
        view.setModel(self._model)
        view.setItemDelegate(RunRows(models, view))
        view.setUniformItemSizes(True)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._ask)
        view.doubleClicked.connect(lambda index: models.sampling.show_run(index.data(RUN)))
        view.delete_pressed.connect(lambda run: models.runs.delete(run.number))
        view.enter_pressed.connect(models.sampling.show_run)

        self._origin = ElidedLabel()
        self._origin.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._origin.setObjectName("branch-origin")
        self._leave = QToolButton()
        self._leave.setObjectName("branch-leave")
        self._leave.setIcon(icon("close"))
        self._leave.setIconSize(QSize(12, 12))
        self._leave.setAutoRaise(True)
        self._leave.setToolTip("Start from noise again")
        self._leave.setAccessibleName("Start from noise again")
        self._leave.clicked.connect(models.branching.leave)
        self._compare = QToolButton()
        self._compare.setObjectName("runs-compare")
        self._compare.setIcon(icon("compare"))
        self._compare.setIconSize(QSize(18, 18))
        self._compare.setCheckable(True)
        self._compare.setToolTip("Compare two side by side (C)")
        self._compare.setAccessibleName("Compare two side by side")
        self._compare.clicked.connect(models.compare.set_on)
        self._empty = muted("Every run comes here. Shift+B branches one at the playhead.", "runs-empty")
        self._empty.setWordWrap(True)
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(BranchButton(models))
        line.addWidget(self._compare)
        line.addStretch(0)
        line.addWidget(self._origin, 1)
        line.addWidget(self._leave)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 4, 8, 8)
        layout.setSpacing(4)
        layout.addLayout(line)
        layout.addWidget(self._empty)
        layout.addWidget(view, 1)
        Follower(self, models.session, self._refresh, models.session.changed, models.runs.changed)
        models.compare.changed.connect(lambda: self._compare.setChecked(models.compare.on))
        models.playback.moment_changed.connect(self._mark_moment)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(420, 4 * ROW + 40)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 3 * ROW + 40)

    def _refresh(self) -> None:
        branch = self.models.session.document.branch
        for widget in (self._origin, self._leave):
            widget.setVisible(branch is not None)
        if branch is not None:
            run = self.models.runs.find(branch.run)
            self._origin.setText(f"from {run.name if run else 'a run'} at t = {branch.time:.2f}")
            self._origin.setToolTip("Sampling goes on from there; edits of the evidence too")
        empty = self._model.rowCount() == 0
        self._empty.setVisible(empty)
        self._view.setVisible(not empty)
        shown = self.models.runs.shown
        if shown is not None and not self._view.hasFocus():
            self._view.setCurrentIndex(self._model.index(self._model.row_of(shown.number)))

    def _mark_moment(self) -> None:
        if self.models.runs.shown is not None:
            self._view.viewport().update()

    def _ask(self, at: QPoint) -> None:
        index = self._view.indexAt(at)
        if index.isValid():
            self._menu(index).popup(self._view.viewport().mapToGlobal(at))

    def _menu(self, index: QModelIndex) -> QMenu:
        """What can be done with a run."""
        run: Run = index.data(RUN)
        menu, models = QMenu(self), self.models
        menu.setObjectName("run-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("&Show", lambda: models.sampling.show_run(run))
        compare = menu.addAction("&Compare with the one shown", lambda: models.compare.choose(run.number))
        compare.setEnabled(models.runs.shown is None or models.runs.shown.number != run.number)
        menu.addAction("&Rename", lambda: self._view.edit(index))
        keep = menu.addAction("&Keep", lambda: models.runs.keep(run.number, not run.kept))
        keep.setCheckable(True)
        keep.setChecked(run.kept)
        menu.addSeparator()
        menu.addAction("&Delete", lambda: models.runs.delete(run.number))
        return menu
