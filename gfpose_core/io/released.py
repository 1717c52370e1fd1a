"""The checkpoints that GFPose and ZeDO released: torch pickles, read without running what is in them."""

from __future__ import annotations

import pickletools
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from gfpose_core.errors import CheckpointError
from gfpose_core.io.pickles import runs_code
from gfpose_core.networks.denoiser import DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLPConfig

AUTHORS_UNITS_PER_MM = 0.0137
"""The authors' image units, 30 x 2/1000 a pixel, for Human3.6M's cameras: f = 1145 px at 5 m."""

ZEDO_UNITS_PER_MM = 0.001

POSE_STD_MM = 270.0
"""Of the coordinates of root-centred human poses; it scales noisy states for drawing."""

_HARMLESS = ("torch", "collections", "_codecs", "__builtin__.set", "builtins.set")


@dataclass(frozen=True)
class Released:
    """What such a file says of itself."""

    kind: Literal["authors", "zedo"]
    config: DenoiserConfig
    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def read_released(path: Path) -> Released:
    """The averaged weights under their names, and the config that their shapes imply.

    Raises:
        CheckpointError: a message that goes on from the file's name, "is ...".
    """
    content = _load(path)
    content = content if isinstance(content, dict) else {}
    if {"recipe", "optimizer"} <= content.keys():
        raise CheckpointError("is where a training run goes on from: open the model.safetensors beside it")
    state = content.get("model_state_dict")
    if not isinstance(state, Mapping) or not all(isinstance(t, Tensor) for t in state.values()):
        raise CheckpointError("is a torch file without a model_state_dict, no checkpoint of GFPose or ZeDO")
    state = {str(name).removeprefix("module."): tensor for name, tensor in state.items()}
    state.pop("sigmas", None)  # a buffer: not averaged, and sampling does not need it
    ema = content.get("ema")
    if ema is not None:
        state = _averaged(state, ema)
    if odd := [name for name, tensor in state.items() if not _whole(tensor)]:
        raise CheckpointError(f"holds weights that say they are more than is there ({odd[0]})")
    facts = {name: content[name] for name in ("epoch", "step") if isinstance(content.get(name), int)}
    facts |= {"weights": "as trained" if ema is None else "averaged (EMA)"}
    config = _config(state)
    return Released("zedo" if config.network.condition == "none" else "authors", config, state, facts)


def pickle_refusal(path: Path) -> CheckpointError:
    """Why a pickle that torch's restricted reader does not take is not opened; "is ..."."""
    if code := [name for name in _globals(path) if not name.startswith("numpy")]:
        return CheckpointError(f"is {runs_code(code)}")
    return CheckpointError("is a pickle that is cut short, damaged, or holds other things than weights")


def _load(path: Path) -> Any:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if sum(member.file_size for member in archive.infolist()) > path.stat().st_size:
                    raise CheckpointError("is a torch file that is packed, as torch writes none")
                damaged = archive.testzip()
            if damaged:
                raise CheckpointError(f"is a torch file that is damaged ({damaged})")
        return torch.load(path, map_location="cpu", weights_only=True)
    except CheckpointError:
        raise
    except Exception as error:  # torch raises anything on a damaged file
        raise pickle_refusal(path) from error


def _globals(path: Path) -> list[str]:
    """The functions and classes a pickle asks for, but for those that only make tensors."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                data = next(archive.read(n) for n in archive.namelist() if n.endswith("data.pkl"))
        else:
            data = path.read_bytes()
    except Exception:
        return []
    asked, texts = [], ["?", "?"]
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name in ("GLOBAL", "INST"):
                asked.append(argument.replace(" ", "."))
            elif opcode.name == "STACK_GLOBAL":
                asked.append(".".join(texts[-2:]))
            elif isinstance(argument, str):
                texts.append(argument)
    except Exception:
        pass  # what was asked before the damage is still worth naming
    return sorted({name for name in asked if not name.startswith(_HARMLESS)})


def _whole(tensor: Tensor) -> bool:
    """Whether every number of it is in the file: a view of one number can say it is a million."""
    plain = tensor.layout == torch.strided and tensor.device.type == "cpu" and not tensor.is_quantized
    return plain and tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes()


def _averaged(state: dict[str, Tensor], ema: Any) -> dict[str, Tensor]:
    """``ema.shadow_params`` has no names: the i-th belongs to the i-th parameter."""
    shadow = ema.get("shadow_params") if isinstance(ema, Mapping) else None
    if not isinstance(shadow, list) or [getattr(t, "shape", None) for t in shadow] != [
        t.shape for t in state.values()
    ]:
        raise CheckpointError("has averaged weights (ema) that do not belong to its network")
    return dict(zip(state, shadow))


def _config(state: Mapping[str, Tensor]) -> DenoiserConfig:
    """Hidden, embedding and block counts from the shapes; data scale from the family."""
    try:
        hidden, coordinates = state["pre_dense.weight"].shape
        _, embed = state["pre_dense_t.weight"].shape
    except (KeyError, ValueError):
        raise CheckpointError("is a torch checkpoint of another network than GFPose's") from None
    blocks = max((int(m[1]) for name in state if (m := re.match(r"b(\d{1,3})_", name))), default=0)
    condition = "difference" if "cond_embed.0.weight" in state else "none"
    network = ScoreMLPConfig(coordinates // 3, hidden, embed, blocks, condition=condition)
    units = ZEDO_UNITS_PER_MM if condition == "none" else AUTHORS_UNITS_PER_MM
    projection = "orthographic" if condition == "none" else "perspective"
    return DenoiserConfig(
        network, form="plain", units_per_mm=units, sigma_data=units * POSE_STD_MM, projection=projection
    )
