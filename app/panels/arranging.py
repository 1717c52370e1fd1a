"""The controls above the gallery: what it is sorted by, its clusters, its near-duplicates."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QMenu,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)  # fmt: skip

from app.looks.icons import icon
from app.panels.controls import show_value
from app.viewmodels.arrangement import MOST_CLUSTERS
from app.viewmodels.measures import DRAWN, MEASURES
from app.viewmodels.ranking import Ranking


class ArrangeBar(QWidget):
    """Shows a ranking's arrangement and changes it."""

    def __init__(self, ranking: Ranking) -> None:
        super().__init__()
        self._ranking = ranking
        self._order = QComboBox()
        self._order.setObjectName("gallery-order")
        self._order.setAccessibleName("What the hypotheses are sorted by")
        self._order.addItem("As drawn", DRAWN)
        for key, measure in MEASURES.items():
            self._order.addItem(measure.label, key)
        self._order.activated.connect(lambda _: ranking.arrange(order=self._order.currentData()))
        self._turn = QToolButton()
        self._turn.setObjectName("gallery-turn")
        self._turn.setCheckable(True)
        self._turn.setIcon(icon("turned"))
        self._turn.setToolTip("The worst first (Shift+O)")
        self._turn.setAccessibleName("The worst first")
        self._turn.clicked.connect(lambda on: ranking.arrange(worst_first=on))
        self._chips = {
            field: self._chip(field, text, tip)
            for field, text, tip in (
                ("grouped", "Clusters", "List them cluster by cluster, medoids first (K)"),
                ("medoids_only", "Medoids", "List one hypothesis of each cluster (Shift+K)"),
                ("folded", "Fold", "Leave near-duplicates out, the first of them stays (D)"),
            )
        }
        self._clusters = QSpinBox()
        self._clusters.setObjectName("gallery-clusters")
        self._clusters.setAccessibleName("Clusters")
        self._clusters.setRange(2, MOST_CLUSTERS)
        self._clusters.setFixedWidth(46)
        self._clusters.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._clusters.setToolTip("How many clusters k-means makes of the joints, root on root (arrow keys)")
        self._clusters.valueChanged.connect(lambda count: ranking.arrange(clusters=count))
        top, chips = QHBoxLayout(), QHBoxLayout()
        top.addWidget(self._order, 1)
        top.addWidget(self._turn)
        top.addWidget(self._more())
        chips.setSpacing(4)
        chips.addWidget(self._chips["grouped"])
        chips.addWidget(self._clusters)
        chips.addWidget(self._chips["medoids_only"])
        chips.addWidget(self._chips["folded"])
        chips.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addLayout(chips)
        ranking.changed.connect(self._follow)
        self._follow()

    def _chip(self, field: str, text: str, tip: str) -> QToolButton:
        chip = QToolButton()
        chip.setText(text)
        chip.setObjectName(f"gallery-{text.lower()}-chip")
        chip.setToolTip(tip)
        chip.setCheckable(True)
        chip.setProperty("chip", True)
        chip.clicked.connect(lambda on: self._ranking.arrange(**{field: on}))
        return chip

    def _more(self) -> QToolButton:
        """What is seldom changed."""
        self._alike = QCheckBox("The way a pose faces does not count")
        self._alike.setObjectName("gallery-turned-alike")
        self._alike.setToolTip("Turn the poses onto each other (Procrustes) before they are clustered")
        self._alike.toggled.connect(lambda on: self._ranking.arrange(turned_alike=on))
        self._same = QDoubleSpinBox()
        self._same.setObjectName("gallery-same")
        self._same.setAccessibleName("Near-duplicates are closer than")
        self._same.setRange(1, 100)
        self._same.setDecimals(0)
        self._same.setSuffix(" mm")
        self._same.setToolTip("MPJPE below which a hypothesis is marked as a near-duplicate of another")
        self._same.valueChanged.connect(lambda mm: self._ranking.arrange(same_mm=mm))
        form = QWidget()
        rows = QFormLayout(form)
        rows.addRow("Clusters", self._alike)
        rows.addRow("Near-duplicates below", self._same)
        menu = QMenu(self)
        holder = QWidgetAction(menu)
        holder.setDefaultWidget(form)
        menu.addAction(holder)
        more = QToolButton()
        more.setObjectName("gallery-more")
        more.setIcon(icon("more"))
        more.setToolTip("How clusters and near-duplicates are told")
        more.setAccessibleName("How clusters and near-duplicates are told")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(menu)
        return more

    def _follow(self) -> None:
        how = self._ranking.arrangement
        self._order.setCurrentIndex(self._order.findData(how.order))
        items = self._order.model()
        for row, key in enumerate([DRAWN, *MEASURES]):
            missing = self._ranking.missing(key)
            items.item(row).setEnabled(missing is None)
            tip = "" if key == DRAWN else MEASURES[key].tip
            items.item(row).setToolTip(f"{tip}\nNot now: {missing}" if missing else tip)
        tip = "As they were drawn" if how.order == DRAWN else MEASURES[how.order].tip
        self._order.setToolTip(f"Sorted by: {tip}\n(O: the next)")
        self._turn.setChecked(how.worst_first)
        for name, chip in self._chips.items():
            chip.setChecked(getattr(how, name))
        self._chips["medoids_only"].setEnabled(how.grouped)
        self._clusters.setEnabled(how.grouped)
        for spin, value in ((self._clusters, how.clusters), (self._same, how.same_mm)):
            show_value(spin, value)
        self._alike.setChecked(how.turned_alike)
