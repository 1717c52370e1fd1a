"""What picture or clip is wanted: a value the dialog edits, the settings remember and the painter obeys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

WHATS = {
    "stage": "The stage",
    "view": "The stage as it is on the screen",
    "sheet": "Sheet of hypotheses",
    "denoising": "Denoising, from noise to pose",
    "turntable": "Turntable, once around",
}
CLIPS = ("denoising", "turntable")


@dataclass(frozen=True)
class Format:
    """``fps`` are the rates to choose from (none: a still); a GIF counts in hundredths of a second."""

    label: str
    fps: tuple[int, ...] = ()
    see_through: bool = True
    even: bool = False  # H.264 and VP9 halve the resolution of colour

    @property
    def moves(self) -> bool:
        return bool(self.fps)


FORMATS = {
    "png": Format("PNG picture"),
    "svg": Format("SVG drawing"),
    "mp4": Format("MP4 video (H.264)", (24, 25, 30, 50, 60), see_through=False, even=True),
    "webm": Format("WebM video (VP9)", (24, 25, 30, 50, 60), even=True),
    "gif": Format("GIF animation", (10, 20, 25, 50)),
}

RANGES: dict[str, tuple[float, float]] = {
    "width": (16, 8192), "height": (16, 8192), "columns": (1, 50), "most": (1, 1000),
    "scale": (1, 3), "seconds": (0.5, 60), "hold": (0, 30), "fps": (1, 60),
}  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """``width`` and ``height`` are px of the file; ``seconds`` is the whole clip, of which the pose is held
    for the last ``hold``. ``most`` hypotheses at the head of the list are on a sheet, in ``columns``. The
    stage as it is has ``scale`` px to one of the screen, each way."""

    what: str = "stage"
    format: str = "png"
    width: int = 1600
    height: int = 1200
    scheme: str = "as shown"
    transparent: bool = False
    floor: bool = True
    signs: bool = True
    caption: bool = False
    columns: int = 4
    most: int = 16
    scale: int = 1
    seconds: float = 4.0
    hold: float = 1.0
    fps: int = 25

    @property
    def kind(self) -> Format:
        return FORMATS[self.format]

    @property
    def moves(self) -> bool:
        """Whether it is a clip."""
        return self.what in CLIPS

    @property
    def shows_stage(self) -> bool:
        """Whether it is painted frame by frame as the stage would be."""
        return self.what not in ("sheet", "view")

    @property
    def forms(self) -> list[str]:
        """The formats it can be made in, the usual one first; what the screen shows has no shapes to draw."""
        if self.what == "view":
            return ["png"]
        return [name for name, form in FORMATS.items() if form.moves == self.moves]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the file in px, rounded up to even where its format wants that."""
        spare = 1 if self.kind.even else 0
        return self.width + self.width % 2 * spare, self.height + self.height % 2 * spare

    @property
    def frames(self) -> int:
        return max(round(self.seconds * self.fps), 2) if self.moves else 1

    @property
    def see_through(self) -> bool:
        """Whether its ground really is transparent."""
        return self.transparent and self.kind.see_through

    def fitted(self) -> Plan:
        """With a format that can show it, a rate that the format has, and numbers within their ranges."""
        plan = self if self.what in WHATS else replace(self, what="stage")
        if plan.format not in plan.forms:
            plan = replace(plan, format=plan.forms[0])
        bounded = {
            name: type(getattr(plan, name))(min(max(getattr(plan, name), low), high))
            for name, (low, high) in RANGES.items()
        }
        plan = replace(plan, **bounded)
        if plan.moves:
            nearest = min(plan.kind.fps, key=lambda fps: abs(fps - plan.fps))
            plan = replace(plan, fps=nearest, hold=min(plan.hold, plan.seconds / 2))
        return plan

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str, default: Plan) -> Plan:
        """What ``to_json`` wrote; ``default`` where the text is of another version or no plan at all."""
        try:
            stored = json.loads(text or "{}")
            return replace(default, **_known(stored)).fitted()
        except (ValueError, TypeError):
            return default


PICTURE = Plan()
CLIP = Plan(what="denoising", format="mp4", width=1280, height=960, caption=True)


def _known(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The fields a plan has, of their types."""
    kinds = {field.name: type(getattr(PICTURE, field.name)) for field in fields(Plan)}
    return {name: kinds[name](value) for name, value in dict(stored).items() if name in kinds}
