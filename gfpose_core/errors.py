"""The errors a person may meet; each message says what is wrong and what to do next."""

MOST_LETTERS = 1500
"""Of a message, however much of a damaged file stands in it."""


class GfposeError(Exception):
    """Base of every error this library raises on purpose."""

    def __str__(self) -> str:
        words = super().__str__()
        return words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]}..."


class CheckpointError(GfposeError):
    """A file that is not a usable checkpoint, or a checkpoint that does not suit the task."""


class FormatError(GfposeError):
    """A data file that cannot be read: wrong kind, missing arrays, wrong shapes or units."""


class ConditionError(GfposeError):
    """Evidence that contradicts itself or that the requested task cannot use."""


class TrainingError(GfposeError):
    """Training that cannot start or go on: bad data, bad recipe, divergence."""
