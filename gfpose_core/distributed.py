"""Several processes at one task, as torchrun starts them; a process alone needs nothing of it.

A command that shares its work out reads the same for one process and for many::

    device = own_device(device)
    with process_group(device):
        parts = gather(work(items[share(len(items))]))
        if is_first():
            write(parts)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from gfpose_core.errors import GfposeError

T = TypeVar("T")


def own_device(device: str) -> str:
    """The device of this process where ``device`` is asked for: of several GPUs, each has its own."""
    return f"cuda:{os.environ['LOCAL_RANK']}" if device == "cuda" and "LOCAL_RANK" in os.environ else device


@contextmanager
def process_group(device: str = "cpu") -> Iterator[None]:
    """Join the processes that torchrun's environment variables tell of; nothing without them.

    Tensors that are added up lie on ``device``, this process's own, and travel by NCCL from GPUs and by
    gloo from CPUs; objects always travel by gloo. To be started anew on several hosts, torchrun wants
    ``TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1`` in its environment.

    Raises:
        GfposeError: no such device here.
    """
    if not {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"} <= os.environ.keys():
        yield
        return
    on_gpu = device.startswith("cuda")
    if on_gpu:
        try:
            torch.cuda.set_device(device)
        except Exception as error:  # torch raises several kinds
            raise GfposeError(f"the device {device!r} cannot be used here: start fewer processes") from error
    store, rank, size = next(dist.rendezvous("env://"))
    if os.environ.get("TORCHELASTIC_USE_AGENT_STORE") == "True":
        # it outlives a restart, and with it the addresses of processes that are gone (pytorch issue 135712)
        store = dist.PrefixStore(f"start-{_own_restarts()}", store)
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if on_gpu else "gloo", store=store, rank=rank, world_size=size
    )
    try:
        yield
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """Which of the processes this is, from 0."""
    return dist.get_rank() if _joined() else 0


def world_size() -> int:
    """How many processes there are."""
    return dist.get_world_size() if _joined() else 1


def is_first() -> bool:
    """Whether this is the process that writes files and speaks."""
    return rank() == 0


def restarts() -> int:
    """How often torchrun has started the processes anew after one failed; all of them must ask together."""
    return max(gather(_own_restarts()))  # each host counts the failures it has seen


def share(n: int) -> slice:
    """Which of ``n`` items are this process's; the shares differ by one at most and keep the order."""
    return slice(n * rank() // world_size(), n * (rank() + 1) // world_size())


def gather(value: T) -> list[T]:
    """Every process's ``value``, in the order of their ranks, on every process. They are pickled."""
    values: list[T] = [value] * world_size()
    if _joined():
        dist.all_gather_object(values, value)
    return values


def from_first(value: T) -> T:
    """The first process's ``value``, on every process. It is pickled."""
    values = [value]
    if _joined():
        dist.broadcast_object_list(values)
    return values[0]


def add_up(tensors: Sequence[Tensor]) -> None:
    """Replace each tensor by its sum over the processes; one message for all of them.

    They must share a dtype and a device.
    """
    if not _joined():
        return
    together = torch.cat([tensor.flatten() for tensor in tensors])
    dist.all_reduce(together)
    for tensor, total in zip(tensors, together.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(total.view_as(tensor))


def _own_restarts() -> int:
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", 0))


def _joined() -> bool:
    return dist.is_available() and dist.is_initialized()
