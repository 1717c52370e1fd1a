"""The Sample menu: its actions with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.documents.presets import PRESETS
from app.menus.actions import SEPARATOR, Spec

if TYPE_CHECKING:
    from app.main_window import MainWindow

_MENU = (
    "sample", "cancel", "live", SEPARATOR, "branch", "branch-all", "branch-leave", "lab", SEPARATOR,
    "compare-zedo", "refine", "refine-all", SEPARATOR,
)  # fmt: skip

TASK_KEYS = {key: f"Alt+{number}" for number, key in enumerate(PRESETS, 1) if number < 10}
"""Of the tasks by their presets; those that come after the ninth have none."""


def specs(window: MainWindow) -> list[Spec]:
    """Sampling: from noise, from a branch, in the lab; and the tasks."""
    models = window.models

    def nothing_runs() -> str | None:
        runs = models.sampling.busy or models.runner.weighing or models.lab.running or models.clips.busy
        return None if runs else "nothing is being sampled"

    return [
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
                (TASK_KEYS[key],) if key in TASK_KEYS else (),
                f"Task: {preset.label}",
                why_not=lambda key=key: models.sampling.refusals.get(key),
            )
            for key, preset in PRESETS.items()
        ),
        Spec(
            "paper",
            "As in the &paper",
            models.conditioning.set_papers,
            ("Alt+0",),
            "Sample as GFPose does: Alg. 1 in 1,000 steps, its use of evidence, its start times of denoising",
            checkable=True,
        ),
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
            "branch-leave",
            "Start from &noise again",
            models.branching.leave,
            why_not=lambda: None if models.session.document.branch else "it does",
        ),
        Spec(
            "lab",
            "Sampler &lab",
            window.show_lab,
            ("Shift+C",),
            "Bring the lab to the front; where it is, sample both ways of it and compare",
        ),
        Spec(
            "compare-zedo",
            "Compare with &ZeDO",
            models.lab.compare_with_zedo,
            ("Alt+Z",),
            "Find the same poses by sampling and by ZeDO's optimisation, and compare side by side",
            why_not=models.lab.why_no_zedo,
        ),
    ]


def build(window: MainWindow) -> QMenu:
    """The menu of them."""
    menu, fill = QMenu("&Sample", window), window.actions_.fill
    fill(menu, *_MENU)
    fill(menu.addMenu("&Task"), *(f"task-{key}" for key in PRESETS), SEPARATOR, "paper")
    menu.addMenu(_devices(window))
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
