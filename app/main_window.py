"""The one window: stage, docks, menus, toolbar; it joins parts and decides nothing."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QMenu,
    QStyle,
    QTabBar,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from app.banners import Banners
from app.compare_view import CompareView
from app.documents.document import Document
from app.engine.worker import Backend
from app.files.autosave import Autosave
from app.files.keeping import Keeper
from app.files.opening import Files
from app.files.recovery import Recovery
from app.files.sequence_files import SequenceFiles
from app.follower import Follower
from app.logs import log, log_path
from app.looks import theme
from app.looks.dock_title import DockTitle
from app.looks.names import name_controls
from app.looks.plain import plain_action, plain_tip, plain_title
from app.menus.actions import Actions
from app.menus.cheat_sheet import CheatSheet
from app.menus.command_palette import CommandPalette
from app.menus.guide import Guide
from app.menus.recent_menu import RecentMenu
from app.menus.table import add_actions, build_menus
from app.models import Models
from app.panels import PANELS
from app.panels.base import Panel
from app.panels.import_sheet import BesideStage, ImportSheet
from app.panels.scrolled import Scrolled
from app.pictures.dialog import PictureDialog
from app.pictures.progress import StudioLine
from app.pictures.studio import Studio
from app.remembering import remember
from app.scene.stage import make_stage
from app.settings import Settings
from app.stage_view import StageView
from app.status_line import StatusLine
from app.toolbar import ToolBar
from app.viewmodels.notices import Notice
from app.welcome import welcome
from gfpose_core import registry

SIZE = (1440, 900)
LAYOUT = zlib.crc32(" ".join(PANELS).encode()) % 2**31
"""What a kept layout is known by: one of other panels would put the new ones anywhere."""

LOW, NARROW = 800, 1320
"""px: in a lower window the hypotheses stand beside the timeline, in a narrower one that is a tab of many."""

IMAGE_WIDTH = 430
CHECKPOINTS = (".safetensors", ".pth", ".pt")


class MainWindow(QMainWindow):
    """``backend`` is what samples; ``document`` what the window opens with."""

    uncaught = Signal(str, str)  # what, details; from any thread

    def __init__(self, backend: Backend, settings: Settings, document: Document | None = None) -> None:
        super().__init__()
        self.setObjectName("main-window")
        self.setAcceptDrops(True)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks)
        self.settings = settings
        self.models = Models(backend, document, self)
        self.stage, why_not_gl = make_stage()
        self.keeper = Keeper(self.models, self.stage, self)
        self.autosave = Autosave(self.keeper, self.models.notices, settings.autosaves, self)
        self.recovery = Recovery(self.models, self.keeper, self.autosave, settings.autosaves, self)
        self.files = Files(self.models, self.keeper, settings, self)
        self.sequence_files = SequenceFiles(self.models, settings, self)
        self.stage_view = StageView(self.stage, self.models, self)
        self.compare_view = CompareView(self.stage, self.stage_view, self.models)
        self.studio = Studio(self.models, self.stage, self.stage_view, self.compare_view.picture, self)
        self._pictures: PictureDialog | None = None
        self.palette_ = CommandPalette(self, settings)
        self.actions_ = Actions(self)
        add_actions(self)
        self.panels = {key: registry.load(PANELS, key)(self.models) for key in PANELS}
        self.docks = {key: self._dock(panel) for key, panel in self.panels.items()}
        self._put_docks()
        self.recent_menu = RecentMenu(settings, self.files.open, self)
        self.export_menu = QMenu(self)
        build_menus(self)
        self.toolbar = ToolBar(self.models, self.actions_)
        self.addToolBar(self.toolbar)
        status = StatusLine(self.models)
        status.addPermanentWidget(StudioLine(self.studio))
        self.setStatusBar(status)
        self.setCentralWidget(self._centre())
        self._cheat_sheet: CheatSheet | None = None
        self._guide: Guide | None = None
        self._lay_out()

        gallery = self.panels["gallery"]
        self.stage.view_changed.connect(lambda: gallery.look_from(self.stage.camera))
        self.models.imaging.opened.connect(self._show_image)
        self.models.clips.opened.connect(self._show_sequence)
        self.models.clips.closed.connect(self._hide_sequence)
        models = self.models
        Follower(
            self, models.session, self._refresh,
            models.session.changed, models.session.history_changed, models.sampling.changed,
            models.runner.weighing_changed, models.clips.changed, models.gallery.rows_changed,
            models.conditioning.selection_changed, models.conditioning.snaps_changed, models.compare.changed,
            models.lab.changed, models.layers.changed, models.detecting.changed, self.studio.changed,
        )  # fmt: skip
        self.files.recent_changed.connect(self._refresh_recent)
        self.keeper.changed.connect(self._refresh_title)
        self.models.notices.added.connect(_log)
        self.uncaught.connect(
            lambda what, details: self.models.notices.error(
                "Something went wrong", f"{what}. What you made is still here.", details
            )
        )
        if why_not_gl:
            self.models.notices.add(Notice("warning", "Drawing without OpenGL", why_not_gl))
        remember(self.models, settings)
        name_controls(self)
        self._refresh()
        self._refresh_recent()
        self._refresh_title()

    def start(self, files: list[Path] | None = None) -> None:
        """Load the checkpoint and begin sampling; then open ``files``."""
        self.models.sampling.start()
        if files:
            self.files.open_all(files)

    def show_pictures(self, clip: bool) -> None:
        """The dialog that makes pictures and clips."""
        if self._pictures is None:
            self._pictures = PictureDialog(self.studio, self.models, self.settings, self)
        self._pictures.open_for(clip)

    def welcome(self) -> None:
        """The hint of the very first start."""
        welcome(self.models, self.settings, self.show_guide)

    def show_guide(self) -> None:
        """The guide, floating over the window."""
        if self._guide is None:
            self._guide = Guide(self)
        self._guide.open()

    def toggle_guide(self) -> None:
        """Show the guide, or take it away."""
        if self._guide is not None and self._guide.isVisible():
            self._guide.close()
        else:
            self.show_guide()

    def reset_panels(self) -> None:
        """All panels where they were at the very first start; the sequence's where there is a sequence."""
        size = self.size()
        self._put_docks()
        for key, dock in self.docks.items():
            dock.setVisible(key != "sequence" or self.models.clips.clip is not None)
        self._share_out(size)

    def show_keys(self) -> None:
        """The `?` overlay."""
        if self._cheat_sheet is None:
            self._cheat_sheet = CheatSheet(self)
        self._cheat_sheet.toggle()

    def show_lab(self) -> None:
        """Bring the lab's settings to the front, the start among them; where they are, run both."""
        dock = self.docks["lab"]
        if dock.isVisible() and not dock.visibleRegion().isEmpty():
            self.models.lab.run()
        else:
            _bring(dock)

    def open_log_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_path().parent)))

    def use_scheme(self, scheme: str | None) -> None:
        """``dark``, ``light``, or None for the system's."""
        self.settings.scheme = scheme
        theme.apply(QApplication.instance(), scheme)

    def about(self) -> None:
        """Say what this is, as a notice."""
        prior = self.models.sampling.prior
        facts = "\n".join(f"{name}: {value}" for name, value in prior.facts.items()) if prior else ""
        self.models.notices.add(
            Notice(
                "info",
                "GFPose viewer",
                "A live view of diffusion-based 3D human-pose priors. Apache-2.0.",
                facts,
            )
        )

    def _centre(self) -> QWidget:
        centre = QWidget()
        layout = QVBoxLayout(centre)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        banners = Banners(self.models.notices)
        banners.keyboard_free.connect(self.stage.setFocus)
        layout.addWidget(banners)
        layout.addWidget(BesideStage(ImportSheet(self.files.importing), self.compare_view), 1)
        self._hint = QLabel()
        self._hint.setObjectName("hint")
        self._hint.setProperty("role", "muted")
        self._hint.setContentsMargins(12, 6, 12, 6)
        self._hint.setWordWrap(True)
        layout.addWidget(self._hint)
        return centre

    def _dock(self, panel: Panel) -> QDockWidget:
        dock = QDockWidget(panel.title, self)
        dock.setObjectName(f"dock-{panel.key}")
        if panel.scrolls:
            holder = Scrolled(panel, panel.least, panel.snug)
            holder.asks.connect(lambda more: self._set_height(dock, dock.height() + more))
        dock.setWidget(holder if panel.scrolls else panel)
        dock.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable
        )
        dock.setTitleBarWidget(DockTitle(dock, "Close: View › Panels brings it back"))
        return dock

    def _put_docks(self) -> None:
        """Each on its panel's side of the window, wherever it was."""
        for key, dock in self.docks.items():
            dock.setFloating(False)
            self.addDockWidget(self.panels[key].area, dock)
        self.tabifyDockWidget(self.docks["gallery"], self.docks["image"])
        self.splitDockWidget(self.docks["sequence"], self.docks["timeline"], Qt.Orientation.Vertical)
        self.docks["gallery"].raise_()

    def _show_image(self) -> None:
        """Bring the image to the front, with room to work on it."""
        dock = self.docks["image"]
        _bring(dock)
        if dock.width() < IMAGE_WIDTH and not dock.isFloating():
            self.resizeDocks([dock], [IMAGE_WIDTH], Qt.Orientation.Horizontal)

    def _show_sequence(self) -> None:
        with self._room_of_stage():
            _bring(self.docks["sequence"])
            self._fit_sequence()

    def _hide_sequence(self) -> None:
        with self._room_of_stage():
            self.docks["sequence"].hide()

    @contextmanager
    def _room_of_stage(self) -> Iterator[None]:
        """The stage gives and gets the room of what comes and goes, not the timeline below it."""
        timeline = self.docks["timeline"]
        height = timeline.height()
        yield
        self._set_height(timeline, height)

    def _fit_sequence(self) -> None:
        dock = self.docks["sequence"]
        if dock.isVisible():
            more = dock.widget().needed - dock.widget().height()
            self._set_height(dock, dock.height() + more)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_sequence()

    def _lay_out(self) -> None:
        available = QGuiApplication.primaryScreen().availableGeometry()
        title = self.style().pixelMetric(QStyle.PixelMetric.PM_TitleBarHeight)
        self.resize(min(SIZE[0], available.width()), min(SIZE[1], available.height() - title))
        restored = False
        if self.settings.geometry is not None:
            self.restoreGeometry(self.settings.geometry)
            restored = self.restoreState(self.settings.state, LAYOUT)
        self.docks["sequence"].hide()  # until there is one
        if not restored:  # a second group of tabs made before the window is shown leaves a stray bar behind
            size = self.size()
            QTimer.singleShot(0, self, lambda: self._share_out(size))

    def _share_out(self, size: QSize) -> None:
        """The docks' first places and sizes in a window of ``size``."""
        docks = self.docks
        self.tabifyDockWidget(docks["runs"], docks["lab"])
        self.tabifyDockWidget(docks["evidence"], docks["sampler"])  # the map needs the height
        if size.height() < LOW:
            self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        if size.width() < NARROW:
            for name in ("sequence", "runs", "lab"):
                self.tabifyDockWidget(docks["timeline"], docks[name])
        for name in ("runs", "evidence", "timeline"):
            docks[name].raise_()
        self.layout().activate()
        self.resize(size)  # side by side they needed more
        for names, widths in ((("timeline", "runs"), (1000, 440)), (("evidence", "gallery"), (310, 300))):
            self.resizeDocks([docks[name] for name in names], list(widths), Qt.Orientation.Horizontal)
        below = ("timeline",) if size.height() < LOW else ("timeline", "runs", "lab")
        self._set_height(docks["timeline"], max(docks[name].sizeHint().height() for name in below))

    def _set_height(self, dock: QDockWidget, height: int) -> None:
        """As far as there is room for it; Qt counts the tabs in."""
        tabs = self.findChild(QTabBar).sizeHint().height() if self.tabifiedDockWidgets(dock) else 0
        if not dock.isFloating():
            self.resizeDocks([dock], [height + tabs], Qt.Orientation.Vertical)

    def _refresh(self) -> None:
        sampling, stack = self.models.sampling, self.models.session.undo_stack
        overlaid = "overlaid" in self.models.layers.on
        told = self.models.denoising_words(), self.models.conditioning.hint(overlaid)
        self._hint.setText(" · ".join(filter(None, told)))
        actions = self.actions_
        actions["live"].setChecked(sampling.live)
        actions["snap-after-drag"].setChecked(self.models.conditioning.snaps)
        actions["paper"].setChecked(self.models.conditioning.papers)
        actions["compare"].setChecked(self.models.compare.on)
        actions.refresh()
        for name, word, text in (("undo", "Undo", stack.undoText()), ("redo", "Redo", stack.redoText())):
            actions[name].setText(f"&{word} {plain_action(text)}".rstrip())
            if text:
                told = f"{word} {text} ({actions[name].shortcut().toString()})"
                actions[name].setToolTip(plain_tip(told))

    def _refresh_recent(self) -> None:
        self.recent_menu.fill()
        paths = [path for path in map(Path, self.settings.recent) if path.exists()]
        checkpoints = [str(path) for path in paths if path.suffix in CHECKPOINTS]
        self.toolbar.set_recent_checkpoints(checkpoints)
        self.models.lab.set_checkpoints(checkpoints)

    def _refresh_title(self) -> None:
        name = self.keeper.path.stem if self.keeper.path else "Untitled"
        title, modified = f"{plain_title(name)}[*] – GFPose viewer", self.keeper.modified
        if (title, modified) != (self.windowTitle(), self.isWindowModified()):
            self.setWindowTitle(title)
            self.setWindowModified(modified)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        urls = event.mimeData().urls()
        self.files.open_all([Path(url.toLocalFile()) for url in urls if url.isLocalFile()])
        event.acceptProposedAction()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self.models.sampling.window_visible = not self.isMinimized()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.settings.keep_window(self.saveGeometry(), self.saveState(LAYOUT))
        self.autosave.close()
        self.studio.close()
        self.models.close()
        super().closeEvent(event)


def _bring(dock: QDockWidget) -> None:
    """Show a dock, in front of those it shares its place with."""
    dock.show()
    dock.raise_()


def _log(notice: Notice) -> None:
    if notice.kind != "info":
        log.warning("%s: %s\n%s", notice.title, notice.what_to_do, notice.details)
