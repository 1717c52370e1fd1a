"""The undoable commands: the document before and after, with a name; and with it a whole session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from app.document import Document

if TYPE_CHECKING:
    from app.lab import Setups
    from app.runs import Run
    from app.session import Session
    from app.viewmodels.gallery import Pinned

    Pins = tuple[Pinned, ...]

_MERGEABLE, _MERGEABLE_SETUPS, _ALONE = 1, 2, -1


class EditDocument(QUndoCommand):
    """Replaces the document. Edits with the same ``gesture`` that follow each other undo as one."""

    def __init__(self, session: Session, text: str, after: Document, gesture: str = "") -> None:
        super().__init__(text)
        self._session = session
        self._before = session.document
        self._after = after
        self._gesture = gesture

    def id(self) -> int:
        return _MERGEABLE if self._gesture else _ALONE

    def mergeWith(self, other: QUndoCommand) -> bool:
        if other._gesture != self._gesture:
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        self._session._show(self._before, "")

    def redo(self) -> None:
        self._session._show(self._after, self._gesture)


class SetPins(QUndoCommand):
    """Replaces the pinned poses; ``set_`` is given what they were, or are."""

    def __init__(self, text: str, set_: Callable[[Pins], None], before: Pins, after: Pins) -> None:
        super().__init__(text)
        self._set, self._before, self._after = set_, before, after

    def undo(self) -> None:
        self._set(self._before)

    def redo(self) -> None:
        self._set(self._after)


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
        self._put, self._back = put, back

    def undo(self) -> None:
        self._back()
        super().undo()

    def redo(self) -> None:
        self._put()
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


class SetSetups(QUndoCommand):
    """Replaces the lab's setups. Those with the same ``gesture`` that follow each other undo as one."""

    def __init__(
        self, text: str, set_: Callable[[Setups], None], before: Setups, after: Setups, gesture: str
    ) -> None:
        super().__init__(text)
        self._set, self._before, self._after, self._gesture = set_, before, after, gesture

    def id(self) -> int:
        return _MERGEABLE_SETUPS if self._gesture else _ALONE

    def mergeWith(self, other: QUndoCommand) -> bool:
        if other._gesture != self._gesture:
            return False
        self._after = other._after
        return True

    def undo(self) -> None:
        self._set(self._before)

    def redo(self) -> None:
        self._set(self._after)
