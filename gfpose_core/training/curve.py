"""The loss curve of a run, on disk as it grows."""

from __future__ import annotations

from pathlib import Path

from gfpose_core.training.loop import StepReport

CURVE = "loss.csv"
LOG_EVERY = 50


class Curve:
    """A run's losses, averaged over :data:`LOG_EVERY` steps, as CSV rows and TensorBoard scalars.

    A run that goes on from ``step`` keeps the rows up to there.
    """

    def __init__(self, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter  # slow to import, and only training needs it

        self._writer = SummaryWriter(folder / "tensorboard", purge_step=step + 1)
        kept = _rows_up_to(folder / CURVE, step)
        self._csv = (folder / CURVE).open("w")
        self._csv.write("step,loss,learning_rate,gradient_norm,validation_loss\n" + "".join(kept))
        self._losses: list[float] = []

    def add(self, done: StepReport, validation: float | None, saving: bool) -> None:
        """Take a step's figures; they are written every so often, and where the run is saved."""
        self._losses.append(done.loss)
        if done.step % LOG_EVERY and not saving:
            return
        loss = sum(self._losses) / len(self._losses)
        self._losses.clear()
        shown = "" if validation is None else f"{validation:.6f}"
        self._csv.write(f"{done.step},{loss:.6f},{done.rate:.3e},{done.gradient_norm:.4f},{shown}\n")
        self._csv.flush()
        self._writer.add_scalar("loss/train", loss, done.step)
        self._writer.add_scalar("learning_rate", done.rate, done.step)
        if validation is not None:
            self._writer.add_scalar("loss/validation", validation, done.step)

    def close(self) -> None:
        self._csv.close()
        self._writer.close()


def _rows_up_to(path: Path, step: int) -> list[str]:
    """The rows of an earlier curve that a resumed run keeps."""
    if not path.exists():
        return []
    return [row for row in path.read_text().splitlines(keepends=True)[1:] if int(row.split(",")[0]) <= step]
