"""The View menu: its actions with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from app.menus import gallery_menu
from app.menus.actions import SEPARATOR, Spec
from app.menus.areas import go
from app.scene.view import PRESETS as VIEWS
from app.viewmodels.layers import LAYERS
from app.viewmodels.playback import SPEEDS, Playback

if TYPE_CHECKING:
    from app.main_window import MainWindow

SCHEMES = {"system": None, "dark": "dark", "light": "light"}

_MENU = (
    "reference", "compare", SEPARATOR, "play", "reverse", "step-back", "step-on", "to-noise", "to-pose",
    "loop", "slower", "faster", "show-next", SEPARATOR,
)  # fmt: skip


def specs(window: MainWindow) -> list[Spec]:
    """The camera, the playhead, what is shown, and where the keyboard is."""
    models, playback = window.models, window.models.playback
    return [
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
        Spec(
            "view-reset",
            "Rese&t view",
            window.stage.reset_view,
            ("Ctrl+0",),
            "View: as it was at first",
        ),
        Spec("reference", "&Reference pose", window.stage_view.set_show_reference, ("G",), checkable=True),
        Spec(
            "compare",
            "&Compare side by side",
            models.compare.set_on,
            ("C",),
            "Compare with another run or a pinned pose, side by side",
            checkable=True,
        ),
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
        Spec(
            "plot-next", "&Next plot", models.plots.choose_next, ("Shift+M",), "Plot the next quantity alone"
        ),
        Spec(
            "plot-more",
            "&One more plot",
            models.plots.add_next,
            ("Ctrl+Shift+M",),
            "Plot the next quantity too",
        ),
        Spec(
            "reset-panels",
            "&Reset panels",
            window.reset_panels,
            tip="Show all panels, where they were at the very first start",
        ),
        Spec("next-area", "Ne&xt area", lambda: go(window, window.stage, 1), ("F6",), "To the next panel"),
        Spec(
            "previous-area",
            "Pre&vious area",
            lambda: go(window, window.stage, -1),
            ("Shift+F6",),
            "To the panel before",
        ),
    ]


def build(window: MainWindow) -> QMenu:
    """The menu of them, with that of the hypotheses."""
    menu, fill = QMenu("&View", window), window.actions_.fill
    fill(menu.addMenu("&Camera"), *(f"view-{name}" for name in VIEWS), SEPARATOR, "view-reset")
    fill(menu, *_MENU)
    menu.addMenu(gallery_menu.build(window))
    menu.addMenu(_layers(window))
    menu.addMenu(_schemes(window))
    panels = menu.addMenu("&Panels")
    panels.addActions([dock.toggleViewAction() for dock in window.docks.values()])
    fill(panels, SEPARATOR, "reset-panels", SEPARATOR, "next-area", "previous-area")
    return menu


def _layers(window: MainWindow) -> QMenu:
    """What is shown beside the poses."""
    menu, layers, actions = QMenu("&Show", window), window.models.layers, window.actions_
    menu.addActions(
        [actions[name] for name in (*(f"show-{name}" for name in LAYERS), "plot-next", "plot-more")]
    )

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


def _change_speed(playback: Playback, by: int) -> None:
    at = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - playback.speed))
    playback.set_speed(SPEEDS[min(max(at + by, 0), len(SPEEDS) - 1)])


def _show_next(playback: Playback) -> None:
    shows = ("both", "clean", "noisy")
    playback.set_show(shows[(shows.index(playback.show) + 1) % 3])
