"""The place of the selected joint, typed in millimetres."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from app.looks.words import joint_title
from app.models import Models
from app.panels.base import muted
from app.panels.controls import show_value
from gfpose_core.condition import FREE, SEEN_2D

AXES = (("x", "right"), ("y", "down"), ("z", "away"))
"""Camera axes, and where they point."""

REACH_MM = 3000


class Place(QWidget):
    """Three numbers for one selected joint, relative to the hip, and why some cannot be set."""

    def __init__(self, models: Models, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("place")
        self._models = models
        self._joint = -1
        self._boxes: list[QSpinBox] = []
        row = QHBoxLayout()
        row.setSpacing(4)
        for axis, (name, direction) in enumerate(AXES):
            box = QSpinBox()
            box.setObjectName(f"place-{name}")
            box.setAccessibleName(f"{name} of the selected joint, mm {direction} from the hip")
            box.setRange(-REACH_MM, REACH_MM)
            box.setSingleStep(5)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.setKeyboardTracking(False)
            box.valueChanged.connect(lambda value, axis=axis: self._typed(axis, value))
            label = QLabel(f"{name} {direction}")
            label.setBuddy(box)
            row.addWidget(label)
            row.addWidget(box, 1)
            self._boxes.append(box)
        self._note = muted("", "place-note")
        self._note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._note)

    def refresh(self) -> None:
        """Show the place of the selected joint, where there is just one."""
        document, selection = self._models.session.document, self._models.conditioning.selection
        self._joint = next(iter(selection)) if len(selection) == 1 else -1
        seen = self._models.gallery.focused_pose
        level = int(document.known[self._joint])
        pose = document.pose if level > FREE else seen
        self.setVisible(self._joint >= 0 and pose is not None)
        if self.isHidden():
            return
        reasons = self._reasons(level)
        for box, value, reason, (name, direction) in zip(
            self._boxes, pose[self._joint], reasons, AXES, strict=True
        ):
            show_value(box, round(float(value)))
            box.setEnabled(reason is None)
            where = f"{name}: mm {direction} from the hip, as the camera sees it"
            box.setToolTip(f"{where}\nNot now: {reason}" if reason else where)
        told = next(filter(None, reasons), "")
        self._note.setText(told)
        self._note.setVisible(bool(told))

    def _reasons(self, level: int) -> list[str | None]:
        """For each axis, why it cannot be set."""
        if self._joint == 0:
            return ["The hip is the origin that all others are measured from"] * 3
        if self._models.session.document.denoising:
            return ["Denoising moves every joint: pick another task to place one"] * 3
        if level == FREE:
            return ["The prior places a free joint: fix it in 3D (3) to place it yourself"] * 3
        return [
            None,
            None,
            "Seen in 2D, its depth is not known: fix it in 3D (3)" if level == SEEN_2D else None,
        ]

    def _typed(self, axis: int, value: int) -> None:
        at = self._models.session.document.pose[self._joint].copy()
        at[axis] = value
        self._models.conditioning.move_joints(
            [self._joint], at[None], f"place-{joint_title(self._joint)}-{axis}"
        )
