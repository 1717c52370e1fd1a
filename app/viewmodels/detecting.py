"""The person in the picture, found by a detector: off until its library is there and a model is chosen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.documents.image_edits import Keypoints
from app.engine.pictures import Picture, rgb
from app.engine.runner import Runner
from app.looks.words import capital
from app.session import Session
from app.viewmodels.imaging import Imaging, keypoints_of
from app.viewmodels.notices import Notice, Notices
from gfpose_core.errors import FormatError
from gfpose_core.io.importing import Corrections
from gfpose_core.io.keypoints.detector import check_model, find_people, missing


class Detecting(QObject):
    """Which model finds people, and whom it found in the document's picture."""

    changed = Signal()

    def __init__(
        self,
        session: Session,
        runner: Runner,
        imaging: Imaging,
        notices: Notices,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._runner, self._imaging, self._notices = session, runner, imaging, notices
        self._model = ""
        self._missing = missing()
        self._busy = False
        self._people: list[Keypoints] = []
        self._of = ("", "")  # the picture and the model that they were found in and by
        self._shown = 0
        imaging.pictures.changed.connect(self.changed)

    @property
    def model(self) -> str:
        """The path of the model; empty where none is chosen."""
        return self._model

    @property
    def on(self) -> bool:
        """Whether there is all that it needs."""
        return not self._missing and bool(self._model)

    @property
    def busy(self) -> bool:
        """Whether somebody is being looked for."""
        return self._busy

    def why_no_model(self) -> str | None:
        """Why choosing a model is of no use, in a clause."""
        return self._missing

    def why_not(self) -> str | None:
        """Why nobody can be looked for now, in a clause."""
        if self._missing:
            return self._missing
        if not self._model:
            return "no model is chosen: Image > Model of the detector"
        if self._busy:
            return "it is being done"
        photo = self._session.document.photo
        found = photo is not None and self._imaging.pictures.get(photo.picture) is not None
        return None if found else "there is no picture"

    def restore(self, model: str) -> None:
        """The model chosen at an earlier start; it is checked when it is used."""
        self._model = model
        self.changed.emit()

    def choose(self, path: Path) -> None:
        """Find people with the model at ``path`` from now on, if it is one."""
        self._runner.call(
            f"find people with {path.name}", partial(check_model, path), lambda _: self._chosen(path)
        )

    def _chosen(self, path: Path) -> None:
        self.restore(str(path))
        advice = self._missing or "Image > Find the person (Ctrl+F) looks for somebody in a picture."
        self._notices.add(Notice("info", f"{path.name} will find people", capital(advice)))

    def find(self) -> None:
        """Put the joints where the largest person of the picture has them; done again, the next person."""
        if self.why_not():
            return
        path = self._session.document.photo.picture
        if self._people and self._of == (path, self._model):
            self._show((self._shown + 1) % len(self._people))
            return
        picture, model = self._imaging.pictures.get(path), self._model
        self._set_busy(True)
        self._runner.call(
            f"find anybody in {Path(path).name}",
            lambda: _people(picture, model),
            lambda found: self._found(*found, path, model),
            lambda: self._set_busy(False),
        )

    def _found(self, people: list[Keypoints], notes: tuple[str, ...], path: str, model: str) -> None:
        self._set_busy(False)
        photo = self._session.document.photo
        if photo is None or photo.picture != path:
            return
        self._people, self._of = people, (path, model)
        self._show(0)
        for note in notes:
            self._notices.add(Notice("info", capital(note)))
        if len(people) > 1:
            advice = "The largest comes first; Image > Find the person again (Ctrl+F) takes the next."
            self._notices.add(Notice("info", f"{len(people)} people are in the picture", advice))

    def _show(self, which: int) -> None:
        self._shown = which
        several = f" ({which + 1} of {len(self._people)})" if len(self._people) > 1 else ""
        self._imaging.show_person(self._people[which], f"Find the person{several}")

    def _set_busy(self, busy: bool) -> None:
        if busy != self._busy:
            self._busy = busy
            self.changed.emit()


def _people(picture: Picture, model: str) -> tuple[list[Keypoints], tuple[str, ...]]:
    """Everyone of whom a joint is seen, the largest first, and what is to be said of them.

    Raises:
        GfposeError: the library does not load.
        FormatError: nobody, or the model is no longer there.
    """
    try:
        check_model(model)
    except FormatError as error:
        raise FormatError(f"{error}: choose another one, Image > Model of the detector") from None
    found = find_people(rgb(picture.image), model, picture.size)
    people: list[Keypoints] = []
    for person in range(found.people.who.max() + 1):
        try:
            people += keypoints_of(found.interpret(Corrections(person=person)).clip)
        except FormatError:  # nothing of this one is visible
            continue
    if not people:
        raise FormatError("of nobody in it a joint is clearly visible: place the joints by hand")
    return people, found.people.notes
