"""The File menu: its actions with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.menus.actions import SEPARATOR, Spec

if TYPE_CHECKING:
    from app.main_window import MainWindow

_EXPORTS = ("export-poses", "export-trajectory", "save-recording")


def specs(window: MainWindow) -> list[Spec]:
    """Opening, saving, exporting."""
    files, playback, clips = window.files, window.models.playback, window.models.clips

    def nothing_yet() -> str | None:
        return None if playback.recording is not None else "nothing has been sampled yet"

    def nothing_at_all() -> str | None:
        return nothing_yet() if clips.clip is None else None

    return [
        Spec(
            "open",
            "&Open…",
            files.ask_and_open,
            ("Ctrl+O",),
            "Open a session, checkpoint, recording, results or poses",
        ),
        Spec("save-session", "&Save session", files.save_session, ("Ctrl+S",)),
        Spec("save-session-as", "Save session &as…", files.ask_and_save_session, ("Ctrl+Shift+S",)),
        Spec("reopen", "Reopen the &unsaved session", window.recovery.reopen),
        Spec(
            "export-poses",
            "Export &poses…",
            lambda: files.ask_and_export(False),
            ("Ctrl+E",),
            why_not=nothing_yet,
        ),
        Spec(
            "export-trajectory",
            "Export &trajectory…",
            lambda: files.ask_and_export(True),
            ("Ctrl+Shift+E",),
            why_not=nothing_yet,
        ),
        Spec(
            "save-recording",
            "Save recor&ding…",
            files.ask_and_save_recording,
            ("Ctrl+Alt+S",),
            why_not=nothing_yet,
        ),
        Spec("export-menu", "Export", lambda: None, why_not=nothing_at_all),
        Spec(
            "picture",
            "Pi&cture…",
            lambda: window.show_pictures(clip=False),
            ("F12",),
            "Make a picture of the stage, or a sheet of hypotheses",
        ),
        Spec(
            "clip",
            "C&lip…",
            lambda: window.show_pictures(clip=True),
            ("Shift+F12",),
            "Make a clip of the denoising, or a turntable",
        ),
        Spec(
            "stop-clip",
            "Stop t&he clip",
            window.studio.cancel,
            why_not=lambda: None if window.studio.job else "no clip is being made",
        ),
        Spec("quit", "&Quit", window.close, ("Ctrl+Q",)),
    ]


def build(window: MainWindow) -> QMenu:
    """The menu of them, and that of the Export button."""
    menu, actions = QMenu("&File", window), window.actions_
    actions.fill(window.export_menu, *_EXPORTS, SEPARATOR, "sequence-export")
    actions["export-menu"].setMenu(window.export_menu)
    actions.fill(menu, "open")
    menu.addMenu(window.recent_menu)
    actions.fill(menu, "reopen", SEPARATOR, "save-session", "save-session-as", SEPARATOR, *_EXPORTS)
    actions.fill(menu, SEPARATOR, "picture", "clip", "stop-clip", SEPARATOR, "quit")
    menu.aboutToShow.connect(lambda: actions["reopen"].setEnabled(window.recovery.unsaved is not None))
    return menu
