"""The Hypotheses menu, in that of the view: its actions with their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.menus.actions import SEPARATOR, Spec
from app.viewmodels.measures import DRAWN, MEASURES
from app.viewmodels.ranking import Ranking

if TYPE_CHECKING:
    from app.main_window import MainWindow

_TOGGLES = {
    "clusters": ("grouped", "&Clusters", "K", "Group the hypotheses by cluster, medoids first"),
    "medoids": ("medoids_only", "&Medoids only", "Shift+K", "List one hypothesis of each cluster"),
    "fold": ("folded", "&Fold near-duplicates", "D", "Leave near-duplicates out of the list"),
    "worst-first": ("worst_first", "&Worst first", "Shift+O", "Turn the order of the hypotheses round"),
}

_MENU = (
    "sort-next", "worst-first", SEPARATOR, "clusters", "medoids", "fold", SEPARATOR,
    "next", "previous", "select", "deselect",
)  # fmt: skip


def specs(window: MainWindow) -> list[Spec]:
    """Sorting, grouping, selecting and refining."""
    ranking, gallery, refining = window.models.ranking, window.models.gallery, window.models.refining
    return [
        Spec("sort-next", "&Next order", lambda: _next_order(ranking), ("O",), "Sort by the next measure"),
        *(
            Spec(name, text, lambda on, field=field: _set(ranking, field, on), (key,), tip, checkable=True)
            for name, (field, text, key, tip) in _TOGGLES.items()
        ),
        Spec("next", "Next hypothesis", lambda: gallery.move_focus(1), ("N",)),
        Spec("previous", "Previous hypothesis", lambda: gallery.move_focus(-1), ("B",)),
        Spec("select", "&Select hypothesis", lambda: _select_focused(window), ("S",),
             "Select the hypothesis in focus beside others, or let it go"),
        Spec("deselect", "&Deselect all", gallery.clear_selection, ("Shift+S",), "Select no hypotheses"),
        Spec("refine", "&Refine with ZeDO", refining.refine_one, ("Alt+R",),
             "Start ZeDO's optimisation from the hypothesis in focus", why_not=refining.why_not),
        Spec("refine-all", "Re&fine all with ZeDO", refining.refine_all, ("Alt+Shift+R",),
             "Start ZeDO's optimisation from every hypothesis", why_not=refining.why_not),
    ]  # fmt: skip


def build(window: MainWindow) -> QMenu:
    """The menu, whose checks follow the ranking."""
    menu, ranking, actions = QMenu("&Hypotheses", window), window.models.ranking, window.actions_
    actions.fill(menu, *_MENU)

    def follow() -> None:
        for name, (field, *_) in _TOGGLES.items():
            actions[name].setChecked(getattr(ranking.arrangement, field))

    ranking.changed.connect(follow)
    follow()
    return menu


def _set(ranking: Ranking, field: str, on: bool) -> None:
    """Medoids are those of clusters, so asking for them asks for these."""
    both = {"grouped": True} if field == "medoids_only" and on else {}
    ranking.arrange(**{field: on}, **both)


def _next_order(ranking: Ranking) -> None:
    orders = [order for order in (DRAWN, *MEASURES) if ranking.missing(order) is None]
    here = orders.index(ranking.arrangement.order) if ranking.arrangement.order in orders else -1
    ranking.arrange(order=orders[(here + 1) % len(orders)])


def _select_focused(window: MainWindow) -> None:
    gallery = window.models.gallery
    if gallery.focus is not None:
        gallery.toggle_selected(gallery.focus)
