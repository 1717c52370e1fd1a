"""The session: the document, its undo stack, and the signal that says it changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.commands import EditDocument
from app.documents.document import Document


class Session(QObject):
    """The app's only editable state. Every change goes through :meth:`edit` or :meth:`apply`."""

    changed = Signal(object, object)  # before, after: Document
    history_changed = Signal()  # what can be undone and redone

    def __init__(self, document: Document | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document or Document()
        self._gesture = ""
        self.undo_stack = QUndoStack(self)
        self.undo_stack.indexChanged.connect(self.history_changed)

    @property
    def document(self) -> Document:
        return self._document

    @property
    def in_gesture(self) -> bool:
        """Whether the newest change belongs to a gesture, of which more may follow at once."""
        return bool(self._gesture)

    def edit(self, text: str, gesture: str = "", **fields: Any) -> None:
        """Set ``fields`` of the document, as one undoable step named ``text``; nothing if all are so."""
        if any(getattr(self._document, name) != value for name, value in fields.items()):
            self.apply(text, replace(self._document, **fields), gesture)

    def apply(self, text: str, after: Document, gesture: str = "") -> None:
        """Make ``after`` the document, as one undoable step named ``text``. Steps of the same ``gesture``
        (a drag, a spin box kept turning) become one."""
        self.undo_stack.push(EditDocument(self, text, after, gesture))

    def _show(self, document: Document, gesture: str = "") -> None:
        before, self._document, self._gesture = self._document, document, gesture
        self.changed.emit(before, document)
