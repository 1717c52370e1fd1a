"""What ZeDO starts from: typical poses, or some that are there to be refined."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from app.looks.words import capital
from app.models import Models

TIP = "The poses that ZeDO moves onto the camera's rays"
GIVEN_TIP = "The poses that were chosen to be refined"


class StartChoice(QComboBox):
    """Choosing poses takes those that are shown just now; what was chosen stays, whatever is shown then."""

    def __init__(self, models: Models) -> None:
        super().__init__()
        self._models = models
        self.setObjectName("zedo-start")
        self.setAccessibleName("Start from")
        refining = models.refining
        self._choices: dict[str, tuple[str, Callable[[], None], str]] = {
            "typical": ("Typical poses", refining.leave, "Centres of the poses that people take"),
            "one": ("The hypothesis in focus", refining.refine_one, "Refine it, or the pinned pose (Alt+R)"),
            "all": ("All hypotheses", refining.refine_all, "Refine each by itself (Alt+Shift+R)"),
        }
        for key, (text, *_) in self._choices.items():
            self.addItem(text, key)
        self.setToolTip(TIP)
        self.activated.connect(self._chosen)

    def refresh(self) -> None:
        """Show what the document says."""
        given, row = self._models.session.document.to_refine, self.findData("given")
        if given is not None:
            text = "A given pose" if len(given) == 1 else f"{len(given)} given poses"
            if row < 0:
                self.addItem(text, "given")
                self.setItemData(self.count() - 1, GIVEN_TIP, Qt.ItemDataRole.ToolTipRole)
            self.setItemText(self.findData("given"), text)
        elif row >= 0:
            self.removeItem(row)
        self.setCurrentIndex(self.findData("typical" if given is None else "given"))
        why_not = self._models.refining.why_not()
        for row, (key, (*_, tip)) in enumerate(self._choices.items()):
            reason = why_not if key != "typical" else None
            self.model().item(row).setEnabled(reason is None)
            words = tip if reason is None else capital(reason)
            self.setItemData(row, words, Qt.ItemDataRole.ToolTipRole)

    def _chosen(self) -> None:
        if (key := self.currentData()) in self._choices:
            self._choices[key][1]()
        self.refresh()
