"""The undoable commands: what was and what is to be, with a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QUndoCommand

from app.documents.document import Document

if TYPE_CHECKING:
    from app.documents.runs import Run
    from app.session import Session

_MERGEABLE, _ALONE = 1, -1


class Replace(QUndoCommand):
    """Replaces the value that ``put`` puts into its place.

    Those of one class and of one ``gesture`` that follow each other undo as one.
    """

    def __init__(
        self, text: str, put: Callable[[Any], None], before: Any, after: Any, gesture: str = ""
    ) -> None:
        super().__init__(text)
        self._put, self._before, self._after, self._gesture = put, before, after, gesture

    def id(self) -> int:
        return _MERGEABLE if self._gesture else _ALONE

    def mergeWith(self, other: QUndoCommand) -> bool:
        if type(other) is not type(self) or other._gesture != self._gesture:
            return False
        self._after = other._after
        self.setText(other.text())
        return True

    def undo(self) -> None:
        self._put(self._before)

    def redo(self) -> None:
        self._put(self._after)


class EditDocument(Replace):
    """Replaces the document; who sees it change can ask of which gesture that is."""

    def __init__(self, session: Session, text: str, after: Document, gesture: str = "") -> None:
        super().__init__(text, session._show, session.document, after, gesture)

    def redo(self) -> None:
        self._put(self._after, self._gesture)


class OpenSession(EditDocument):
    """Replaces the document; ``put`` and ``back`` replace what is kept beside it, and bring it back."""

    def __init__(
        self,
        session: Session,
        text: str,
        document: Document,
        put: Callable[[], None],
        back: Callable[[], None],
    ) -> None:
        super().__init__(session, text, document)
        self._put_beside, self._back = put, back

    def undo(self) -> None:
        self._back()
        super().undo()

    def redo(self) -> None:
        self._put_beside()
        super().redo()


class ChangeRun(QUndoCommand):
    """Replaces one run of the list; None is not being there. ``put`` is given what was, and what is to be."""

    def __init__(
        self, text: str, put: Callable[[Run | None, Run | None], None], before: Run, after: Run | None
    ) -> None:
        super().__init__(text)
        self._put, self._before, self._after = put, before, after

    def undo(self) -> None:
        self._put(self._after, self._before)

    def redo(self) -> None:
        self._put(self._before, self._after)
