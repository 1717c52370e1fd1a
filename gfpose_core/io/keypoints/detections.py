"""What files of 2D keypoints have in common: people in frames, of whom one becomes a clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from gfpose_core.errors import FormatError
from gfpose_core.io.clip import KeypointClip
from gfpose_core.io.importing import Corrections, Detected, Imported
from gfpose_core.io.keypoints.layouts import (
    LAYOUTS,
    LEFT_LEG_FIRST,
    Recipe,
    layouts_of,
    legs_exchanged,
    likeliest,
    mix,
    recipes,
)
from gfpose_core.io.keypoints.people import People
from gfpose_core.skeleton import H36M17

GUESSED_SIZE = (1000.0, 1000.0)
"""Of an image, px, where places are told as shares of it and its size is not."""


@dataclass(frozen=True, eq=False)
class Detections:
    """People in frames, as a file has them; a :class:`~gfpose_core.io.importing.Source`.

    Attributes:
        label: of the format, "OpenPose".
        people: px, or shares of the image's width and height.
        names: of the points, where the file tells them.
        layouts: those they may have where it does not; () goes by their number.
        image_size: (width, height) px where told.
        shares: whether places are shares of the image.
        camera_K: (3, 3) or (T, 3, 3) where told.
        derived: H36M-17 joints that are stand-ins already.
        root_depth: (T,) mm where told.
        notes: what the reader had to assume.
    """

    label: str
    people: People
    names: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    image_size: tuple[float, float] | None = None
    shares: bool = False
    camera_K: np.ndarray | None = None
    fps: float | None = None
    derived: tuple[str, ...] = ()
    root_depth: np.ndarray | None = None
    notes: tuple[str, ...] = ()

    def interpret(self, corrections: Corrections) -> Imported:
        """One person's keypoints, with layout, image and joints found out or as corrected."""
        notes = [*self.notes, *self.people.notes]
        points, confidence = self._person(corrections.person)
        names, layout = self._layout(corrections, points, notes)
        size = self._size(corrections, notes)
        made = _recipes(names, corrections)
        keypoints, sure = mix(made, points * (size if self.shares else 1.0), confidence)
        exchanged = legs_exchanged(keypoints)
        if exchanged and not self.names and layout == "H36M-17" and corrections.layout == "as detected":
            return self._with_left_leg_first(corrections)
        if exchanged:
            notes.append("hips and shoulders point opposite ways: the legs' sides may be exchanged")
        if corrections.swap_sides:
            keypoints, sure = keypoints[:, H36M17.mirror], sure[:, H36M17.mirror]
            made = {H36M17.names[H36M17.mirror[H36M17.names.index(j)]]: recipe for j, recipe in made.items()}
        visible = np.isfinite(keypoints).all(axis=-1)
        if not visible.any():
            raise FormatError("no joint of H36M-17 is seen in any frame")
        if nobody := (~visible.any(axis=1)).sum():
            notes.append(f"{nobody:,} of {len(visible):,} frames do not show this person")
        shown = [joint for joint, seen in zip(H36M17.names, visible.any(axis=0)) if seen]
        derived = tuple(joint for joint in shown if made[joint].derived or joint in self.derived)
        fps = corrections.fps or self.fps
        detected = Detected(
            format=f"{self.label}, {layout}" if layout else self.label,
            frames=len(visible),
            fps=fps,
            matched={joint: made[joint].words for joint in shown},
            derived=derived,
            names=names,
            units="pixels of an image whose size is not told"
            if size is None
            else f"pixels of an image of {size[0]:g} x {size[1]:g}",
            sides="exchanged, as told" if corrections.swap_sides else "as named",
            people=int(self.people.who.max()) + 1,
            notes=tuple(notes),
        )
        stand_ins = np.isin(H36M17.names, derived)
        clip = KeypointClip(
            keypoints,
            visible,
            sure,
            size,
            self.camera_K,
            fps,
            stand_ins,
            root_depth=self.root_depth,
        )
        return Imported(detected, clip)

    def _with_left_leg_first(self, corrections: Corrections) -> Imported:
        found = self.interpret(replace(corrections, layout=LEFT_LEG_FIRST))
        note = "hips and shoulders would point opposite ways: the left leg is taken to come first"
        return replace(found, detected=replace(found.detected, notes=(*found.detected.notes, note)))

    def _person(self, person: int) -> tuple[np.ndarray, np.ndarray]:  # (T, K, 2), (T, K)
        people = self.people
        mine = people.who == person
        if not mine.any():
            raise FormatError(f"there is no person {person}: choose one from 0 to {people.who.max()}")
        points = np.full((people.length, *people.points.shape[1:]), np.nan)
        confidence = np.zeros(points.shape[:2])
        points[people.frames[mine]] = people.points[mine]
        confidence[people.frames[mine]] = people.confidence[mine]
        return points, confidence

    def _layout(
        self, corrections: Corrections, points: np.ndarray, notes: list[str]
    ) -> tuple[tuple[str, ...], str]:
        """Names of the points, and what their layout is called."""
        count = points.shape[1]
        if corrections.layout != "as detected":
            names = LAYOUTS[corrections.layout]
            if len(names) > count:
                raise FormatError(f"{corrections.layout} is {len(names)} points, the file has {count}")
            return names, corrections.layout
        if self.names:
            return self.names, next((name for name, of in LAYOUTS.items() if of == self.names), "")
        layouts = self.layouts or layouts_of(count)
        if not layouts:
            known = ", ".join(f"{name} ({len(of)})" for name, of in LAYOUTS.items())
            raise FormatError(f"people have {count} keypoints, and no layout known here has: {known}")
        layout = likeliest(layouts, points)
        if len(layouts) > 1:
            notes.append(f"{count} keypoints: {layout} by the length of the bones")
        return LAYOUTS[layout], layout

    def _size(self, corrections: Corrections, notes: list[str]) -> tuple[float, float] | None:
        known = bool(self.image_size or (corrections.width and corrections.height))
        width, height = self.image_size or (GUESSED_SIZE if self.shares else (0.0, 0.0))
        width, height = float(corrections.width or width), float(corrections.height or height)
        if self.shares and not known:
            notes.append(
                "places are shares of an image whose size is not told (--width, --height): "
                f"{width:g} x {height:g} px are assumed, and people are stretched if that is wrong"
            )
        return (width, height) if width and height else None


def _recipes(names: tuple[str, ...], corrections: Corrections) -> dict[str, Recipe]:
    made = recipes(names)
    for joint, name in corrections.mapping.items():
        made.pop(joint, None)
        if name and name not in names:
            raise FormatError(f"there is no point {name!r}; the file has {', '.join(names[:40])}")
        if name:
            made[joint] = Recipe({names.index(name): 1.0}, name)
    if not made:
        raise FormatError(f"none of its points is a joint of H36M-17: {', '.join(names[:12])}")
    return made


@dataclass(frozen=True, eq=False)
class Takes:
    """A file of several clips by name; a :class:`~gfpose_core.io.importing.Source`."""

    clips: Mapping[str, Callable[[], Detections]]

    def interpret(self, corrections: Corrections) -> Imported:
        """The clip that is told, or the first one."""
        take = corrections.take or next(iter(self.clips))
        if take not in self.clips:
            some = ", ".join(list(self.clips)[:8])
            raise FormatError(f"there is no clip {take!r} among its {len(self.clips)}: {some}, ...")
        found = self.clips[take]().interpret(corrections)
        notes = f"clip: {take}", *found.detected.notes
        return replace(found, detected=replace(found.detected, takes=tuple(self.clips), notes=notes))
