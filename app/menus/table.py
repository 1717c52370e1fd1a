"""The window's actions with their keys, and the menus they hang in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.documents.presets import PRESETS
from app.files.copying import copy_command
from app.logs import log_path
from app.looks.words import LEVEL_WORDS
from app.menus import gallery_menu, sequence_actions
from app.menus.actions import SEPARATOR, Spec
from app.menus.areas import go
from app.menus.image_actions import image_menu, image_specs
from app.scene.view import PRESETS as VIEWS
from app.viewmodels.layers import LAYERS
from app.viewmodels.playback import SPEEDS, Playback
from gfpose_core.condition import FIXED_3D, FREE, SEEN_2D

if TYPE_CHECKING:
    from app.main_window import MainWindow

SCHEMES = {"system": None, "dark": "dark", "light": "light"}


def specs(window: MainWindow) -> list[Spec]:
    """Every action of the window."""
    models, files = window.models, window.files
    playback, gallery, stack = models.playback, models.gallery, models.session.undo_stack

    def nothing_yet() -> str | None:
        return None if playback.recording is not None else "nothing has been sampled yet"

    def nothing_runs() -> str | None:
        runs = models.sampling.busy or models.runner.weighing or models.lab.running or models.clips.busy
        return None if runs else "nothing is being sampled"

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
        Spec("export-menu", "Export", lambda: None, why_not=nothing_yet),
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
        Spec(
            "undo",
            "&Undo",
            stack.undo,
            ("Ctrl+Z",),
            why_not=lambda: None if stack.canUndo() else "nothing was done yet",
        ),
        Spec(
            "redo",
            "&Redo",
            stack.redo,
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            why_not=lambda: None if stack.canRedo() else "nothing was undone",
        ),
        Spec(
            "copy-command",
            "&Copy as command line",
            lambda: copy_command(models, window.keeper, window.settings, window),
            ("Ctrl+Shift+C",),
            "Copy the gfpose line that makes the same poses, and write the evidence that it reads",
        ),
        Spec("select-all", "Select &all joints", lambda: models.conditioning.select(range(17)), ("Ctrl+A",)),
        *(
            Spec(
                f"level-{name}",
                f"Selected joints: {LEVEL_WORDS[level]}",
                lambda level=level: models.conditioning.set_selected(level),
                (key,),
                why_not=models.conditioning.why_not_set,
            )
            for name, level, key in (("free", FREE, "F"), ("2d", SEEN_2D, "2"), ("3d", FIXED_3D, "3"))
        ),
        Spec(
            "snap",
            "S&nap bones to their lengths",
            models.conditioning.snap,
            ("L",),
            "Put fixed joints, the selected ones or all, to the nearest places that their bones reach",
            why_not=models.conditioning.why_not_snap,
        ),
        Spec(
            "snap-after-drag",
            "Snap bones after every &drag",
            models.conditioning.set_snaps,
            ("Shift+L",),
            checkable=True,
        ),
        Spec("use", "&Use hypothesis as evidence", lambda: window.panels["gallery"].use_focused(), ("U",)),
        Spec("pin", "&Pin hypothesis", lambda: window.panels["gallery"].pin_focused(), ("P",)),
        Spec("sample", "&Sample", models.sampling.draw, ("Ctrl+Return", "F5"), "Sample the hypotheses"),
        Spec(
            "cancel",
            "&Cancel",
            models.sampling.cancel,
            ("Esc",),
            "Stop within one step",
            why_not=nothing_runs,
        ),
        Spec(
            "live", "&Live", models.sampling.set_live, ("Ctrl+L",), "Sample after every edit", checkable=True
        ),
        *(
            Spec(
                f"task-{key}",
                preset.label,
                lambda key=key: models.conditioning.apply_preset(key),
                (f"Alt+{number}",) if number < 10 else (),
                f"Task: {preset.label}",
                why_not=lambda key=key: models.sampling.refusals.get(key),
            )
            for number, (key, preset) in enumerate(PRESETS.items(), 1)
        ),
        Spec(
            "paper",
            "As in the &paper",
            models.conditioning.set_papers,
            ("Alt+0",),
            "Sample as GFPose does: Alg. 1 in 1,000 steps, its use of evidence, its start times of denoising",
            checkable=True,
        ),
        *(
            Spec(
                f"view-{name}",
                name.capitalize(),
                lambda name=name: window.stage.set_view(name),
                (f"Ctrl+{number}",),
                f"View: {name}",
            )
            for number, name in enumerate(VIEWS, 1)
        ),
        *image_specs(window),
        Spec("reference", "&Reference pose", window.stage_view.set_show_reference, ("G",), checkable=True),
        Spec("play", "&Play or pause", playback.toggle, ("Space",)),
        Spec("reverse", "Play &backwards", lambda: playback.play(-1), ("Shift+Space",)),
        Spec("step-back", "Step back", lambda: playback.step(-1), (",",)),
        Spec("step-on", "Step on", lambda: playback.step(1), (".",)),
        Spec("to-noise", "To the noise", lambda: playback.seek(0), ("Home",)),
        Spec("to-pose", "To the pose", lambda: playback.seek(playback.last), ("End",)),
        Spec("loop", "Loop", lambda: playback.set_loop(not playback.loop), ("Ctrl+R",)),
        Spec("slower", "Slower", lambda: _change_speed(playback, -1), ("[",)),
        Spec("faster", "Faster", lambda: _change_speed(playback, 1), ("]",)),
        Spec("show-next", "Show x(t), clean, both", lambda: _show_next(playback), ("V",)),
        *(
            Spec(
                f"show-{name}",
                f"&{layer.label}",
                lambda on, name=name: models.layers.set(name, on),
                (layer.key,),
                layer.tip,
                checkable=True,
            )
            for name, layer in LAYERS.items()
        ),
        *sequence_actions.specs(window),
        Spec("plot-next", "&Next plot", models.plots.choose_next, ("Shift+M",)),
        Spec(
            "branch",
            "&Branch here",
            models.branching.branch,
            ("Shift+B",),
            "Sample on from x(t) at the playhead, from the hypothesis in focus",
        ),
        Spec(
            "branch-all",
            "Branch &all here",
            lambda: models.branching.branch(all_hypotheses=True),
            ("Ctrl+Shift+B",),
            "Sample on from x(t) at the playhead, every hypothesis from its own",
        ),
        Spec(
            "compare",
            "&Compare side by side",
            models.compare.set_on,
            ("C",),
            "Compare with another run or a pinned pose, side by side",
            checkable=True,
        ),
        Spec(
            "lab",
            "Run the sampler &lab",
            models.lab.run,
            ("Shift+C",),
            "Sample both ways of the lab from the same noise, and compare",
        ),
        Spec(
            "compare-zedo",
            "Compare with &ZeDO",
            models.lab.compare_with_zedo,
            ("Alt+Z",),
            "Find the same poses by sampling and by ZeDO's optimisation, and compare side by side",
            why_not=models.lab.why_no_zedo,
        ),
        Spec(
            "branch-leave",
            "Start from &noise again",
            models.branching.leave,
            why_not=lambda: None if models.session.document.branch else "it does",
        ),
        *gallery_menu.specs(window),
        Spec("next", "Next hypothesis", lambda: gallery.move_focus(1), ("N",)),
        Spec("previous", "Previous hypothesis", lambda: gallery.move_focus(-1), ("B",)),
        Spec("next-area", "Ne&xt area", lambda: go(window, window.stage, 1), ("F6",), "To the next panel"),
        Spec(
            "previous-area",
            "Pre&vious area",
            lambda: go(window, window.stage, -1),
            ("Shift+F6",),
            "To the panel before",
        ),
        Spec(
            "palette",
            "&Find an action…",
            window.palette_.toggle,
            ("Ctrl+Shift+P", "Ctrl+K"),
            "Find any action by a few of its letters",
        ),
        Spec(
            "guide",
            "&Guide",
            window.show_guide,
            ("Shift+F1",),
            "Short pages, beside the window",
        ),
        Spec("keys", "&Keyboard and mouse", window.show_keys, ("?", "F1")),
        Spec("log-folder", "Open &log folder", window.open_log_folder),
        Spec("about", "&About", window.about),
    ]


def build_menus(window: MainWindow, recent: QMenu, export: QMenu, docks: list[QAction]) -> None:
    """Fill the menu bar and the Export button's menu."""
    actions = window.actions_
    exports = ["export-poses", "export-trajectory", "save-recording"]
    for name in exports:
        export.addAction(actions[name])
    actions["export-menu"].setMenu(export)

    def fill(menu: QMenu, *names: str) -> QMenu:
        for name in names:
            menu.addSeparator() if name == SEPARATOR else menu.addAction(actions[name])
        return menu

    bar = window.menuBar()
    file = fill(bar.addMenu("&File"), "open")
    file.addMenu(recent)
    fill(file, "reopen", SEPARATOR, "save-session", "save-session-as")
    fill(file, SEPARATOR, *exports, SEPARATOR, "picture", "clip", "stop-clip", SEPARATOR, "quit")
    file.aboutToShow.connect(lambda: actions["reopen"].setEnabled(window.recovery.unsaved is not None))
    fill(
        bar.addMenu("&Edit"),
        "undo",
        "redo",
        SEPARATOR,
        "copy-command",
        SEPARATOR,
        "select-all",
        "level-free",
        "level-2d",
        "level-3d",
        SEPARATOR,
        "snap",
        "snap-after-drag",
        SEPARATOR,
        "use",
        "pin",
    )
    view = bar.addMenu("&View")
    fill(view.addMenu("&Camera"), *(f"view-{name}" for name in VIEWS))
    fill(
        view,
        "reference",
        "compare",
        SEPARATOR,
        "play",
        "reverse",
        "step-back",
        "step-on",
        "to-noise",
        "to-pose",
        "loop",
    )
    fill(view, "slower", "faster", "show-next", SEPARATOR)
    view.addMenu(gallery_menu.build(window))
    view.addMenu(_layers(window))
    view.addMenu(_schemes(window))
    panels = view.addMenu("&Panels")
    panels.addActions(docks)
    panels.addSeparator()
    fill(panels, "next-area", "previous-area")
    sample = fill(bar.addMenu("&Sample"), "sample", "cancel", "live", SEPARATOR)
    fill(sample, "branch", "branch-all", "branch-leave", "lab", SEPARATOR)
    fill(sample, "compare-zedo", "refine", "refine-all", SEPARATOR)
    fill(sample.addMenu("&Task"), *(f"task-{key}" for key in PRESETS), SEPARATOR, "paper")
    sample.addMenu(_devices(window))
    bar.addMenu(image_menu(window))
    bar.addMenu(sequence_actions.build(window))
    help_menu = fill(bar.addMenu("&Help"), "guide", "palette", "keys", "log-folder")
    place = help_menu.addAction(f"Log: {log_path()}")
    place.setObjectName("action-log-path")
    place.setEnabled(False)
    fill(help_menu, SEPARATOR, "about")


def _layers(window: MainWindow) -> QMenu:
    """What is shown beside the poses."""
    menu, layers, actions = QMenu("&Show", window), window.models.layers, window.actions_
    menu.addActions([actions[name] for name in (*(f"show-{name}" for name in LAYERS), "plot-next")])

    def follow() -> None:
        for name in LAYERS:
            actions[f"show-{name}"].setChecked(name in layers.on)

    layers.changed.connect(follow)
    return menu


def _schemes(window: MainWindow) -> QMenu:
    menu, group = QMenu("&Theme", window), QActionGroup(window)
    for name, scheme in SCHEMES.items():
        action = menu.addAction(name.capitalize())
        action.setObjectName(f"action-theme-{name}")
        action.setCheckable(True)
        action.setChecked(window.settings.scheme == scheme)
        action.triggered.connect(lambda _=False, scheme=scheme: window.use_scheme(scheme))
        group.addAction(action)
    return menu


def _devices(window: MainWindow) -> QMenu:
    """Filled when it opens: torch knows the devices, and it is loaded later."""
    menu, sampling = QMenu("&Device", window), window.models.sampling
    menu.setObjectName("menu-device")

    def fill() -> None:
        menu.clear()
        for device in sampling.devices:
            action = menu.addAction(device)
            action.setCheckable(True)
            action.setChecked(device == sampling.document.device)
            action.triggered.connect(
                lambda _=False, device=device: sampling.open_checkpoint(sampling.document.checkpoint, device)
            )

    menu.aboutToShow.connect(fill)
    return menu


def _change_speed(playback: Playback, by: int) -> None:
    at = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - playback.speed))
    playback.set_speed(SPEEDS[min(max(at + by, 0), len(SPEEDS) - 1)])


def _show_next(playback: Playback) -> None:
    shows = ("both", "clean", "noisy")
    playback.set_show(shows[(shows.index(playback.show) + 1) % 3])
