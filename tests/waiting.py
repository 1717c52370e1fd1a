"""Waiting while the window and its worker live on."""

from PySide6.QtCore import QEventLoop, QTimer


def wait(ms: int) -> None:
    """QTest.qWait would keep Python's lock from the worker all the while."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()
