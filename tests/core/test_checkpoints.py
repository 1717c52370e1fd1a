"""Checkpoints: ours come back as written, the released ones open, everything else is refused in words."""

import io
import json
import pickle
import struct
import zipfile
from collections import OrderedDict
from dataclasses import asdict, replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from gfpose_core.errors import CheckpointError, FormatError
from gfpose_core.io.checkpoints import content_hash, read_checkpoint, write_checkpoint
from gfpose_core.networks.denoiser import DenoiserConfig
from gfpose_core.networks.score_mlp import ScoreMLP, ScoreMLPConfig
from gfpose_core.sde import VPSDE
from gfpose_core.skeleton import H36M17

TINY = ScoreMLPConfig(hidden=32, embed=8, blocks=1, groups=4)
CONFIG = DenoiserConfig(TINY, sde=VPSDE(0.2, 18.0), units_per_mm=0.02, sigma_data=5.0)
NEWER = '{"format": "gfpose-checkpoint", "version": 9}'
RELEASED = ScoreMLPConfig(hidden=32, embed=8, blocks=2, condition="difference")


def weights(config: ScoreMLPConfig = TINY) -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    return dict(ScoreMLP(config).state_dict())


def authors_file(path: Path, config: ScoreMLPConfig = RELEASED, prefix: str = "", **changes) -> dict:
    """A file as the authors' training script writes it; returns the averaged weights."""
    state = weights(config)
    averaged = {name: tensor + 1 for name, tensor in state.items()}
    model = OrderedDict({prefix + "sigmas": torch.linspace(50, 0.01, 1000, dtype=torch.float64)})
    model.update({prefix + name: tensor for name, tensor in state.items()})
    ema = {"decay": 0.9999, "num_updates": 9, "shadow_params": list(averaged.values())}
    torch.save({"model_state_dict": model, "ema": ema, "epoch": 3, "step": 77} | changes, path)
    return averaged


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("checkpoints")


@pytest.fixture(scope="module")
def ours(folder) -> Path:
    path = folder / "ours.safetensors"
    write_checkpoint(path, CONFIG, weights(), {"steps": 5, "data": "none"})
    return path


@pytest.fixture(scope="module")
def theirs(folder) -> Path:
    authors_file(folder / "best_model.pth")
    return folder / "best_model.pth"


def test_our_file_comes_back_as_it_was_written(ours):
    checkpoint = read_checkpoint(ours)
    assert (checkpoint.name, checkpoint.kind) == ("ours", "gfpose")
    assert checkpoint.config == CONFIG
    assert checkpoint.facts == {"steps": 5, "data": "none"}
    for name, tensor in weights().items():
        assert torch.equal(checkpoint.tensors[name], tensor)


def test_the_hash_is_of_tensors_and_config_only(ours, folder):
    digest = read_checkpoint(ours).sha256
    other = folder / "other.safetensors"
    assert write_checkpoint(other, CONFIG, weights(), {"other": "facts"}) == digest
    assert write_checkpoint(other, replace(CONFIG, sigma_data=6.0), weights(), {}) != digest
    changed = weights()
    changed["post_dense.bias"][0] += 1e-6
    assert write_checkpoint(other, CONFIG, changed, {}) != digest
    names = list(weights())
    assert content_hash({}, weights()) == content_hash({}, {n: weights()[n] for n in reversed(names)})


def test_half_precision_weights_stay_as_they_are(tmp_path):
    halves = {name: tensor.bfloat16() for name, tensor in weights().items()}
    write_checkpoint(tmp_path / "half.safetensors", CONFIG, halves, {})
    read = read_checkpoint(tmp_path / "half.safetensors").tensors
    assert all(
        read[name].dtype == torch.bfloat16 and torch.equal(read[name], halves[name]) for name in halves
    )


def test_a_failed_write_leaves_the_old_file(ours, monkeypatch):
    before = ours.read_bytes()

    def full(path, content):
        with path.open("wb") as file:
            file.write(content[:100])
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(FormatError, match="no space"):
        write_checkpoint(ours, CONFIG, weights(), {})
    assert ours.read_bytes() == before
    assert not list(ours.parent.glob(".*"))


def test_tensors_of_another_network_are_not_written(tmp_path):
    incomplete = weights()
    bias = incomplete.pop("post_dense.bias")
    with pytest.raises(CheckpointError, match=r"post_dense.bias is missing"):
        write_checkpoint(tmp_path / "x.safetensors", CONFIG, incomplete, {})
    with pytest.raises(CheckpointError, match="not finite"):
        write_checkpoint(tmp_path / "x.safetensors", CONFIG, incomplete | {"post_dense.bias": bias / 0}, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("prefix", ["", "module."])
def test_the_authors_file_opens_with_its_averaged_weights(tmp_path, prefix):
    averaged = authors_file(tmp_path / "best_model.pth", prefix=prefix)
    checkpoint = read_checkpoint(tmp_path / "best_model.pth")
    assert (checkpoint.kind, checkpoint.config.form) == ("authors", "plain")
    assert checkpoint.config.network == RELEASED
    assert checkpoint.facts == {"epoch": 3, "step": 77, "weights": "averaged (EMA)"}
    assert checkpoint.tensors.keys() == averaged.keys()
    assert all(torch.equal(checkpoint.tensors[name], averaged[name]) for name in averaged)


def test_zedos_file_has_no_condition_and_metres(tmp_path):
    config = replace(RELEASED, condition="none")
    averaged = authors_file(tmp_path / "zedo.pth", config, "module.")
    checkpoint = read_checkpoint(tmp_path / "zedo.pth")
    assert checkpoint.kind == "zedo"
    assert checkpoint.config.network == config
    assert (checkpoint.config.units_per_mm, checkpoint.config.projection) == (0.001, "orthographic")
    assert checkpoint.tensors.keys() == averaged.keys()


def test_without_averages_the_trained_weights_are_used(tmp_path):
    authors_file(tmp_path / "a.pth", ema=None)
    checkpoint = read_checkpoint(tmp_path / "a.pth")
    assert torch.equal(checkpoint.tensors["post_dense.bias"], weights(RELEASED)["post_dense.bias"])


def test_the_reference_file_of_the_authors_opens(shared):
    path = shared / "fixtures/gfpose_official_tiny.pth"
    checkpoint = read_checkpoint(path)
    assert checkpoint.config.network == ScoreMLPConfig(17, 64, 32, 2, condition="difference")
    shadow = torch.load(path, weights_only=True)["ema"]["shadow_params"]
    assert torch.equal(checkpoint.tensors["pre_dense.weight"], shadow[0])
    assert torch.equal(checkpoint.tensors["post_dense.bias"], shadow[-1])


class Runs:
    def __reduce__(self):
        import os

        return os.system, ("touch /tmp/gfpose-was-here",)


def npz(**arrays) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def torch_file(content) -> bytes:
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def safetensors_file(metadata=None, **tensors) -> bytes:
    header = {"__metadata__": metadata or {}}
    data = b""
    for name, array in tensors.items():
        span = [len(data), len(data) + array.nbytes]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": span}
        data += array.tobytes()
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is an empty file"),
        (b"\x89PNG\r\n\x1a\n....", r"is a picture \(PNG\)"),
        (b"\xff\xd8\xff\xe0", r"is a picture \(JPEG\)"),
        (b"HIERARCHY\nROOT Hips", r"is motion capture \(BVH\)"),
        (b"hello there", "is a text file"),
        (b'{"people": []}', "is a JSON file"),
        (b"\x00\x01\x02\xff\xfe" * 9, "is no kind of file known here"),
        (npz(keypoints_2d=np.zeros(2)), "is a NumPy archive .* keypoints_2d, no checkpoint: .*--input"),
        (pickle.dumps(Runs()), r"is a pickle that would run code \(posix.system\) when opened: refused"),
        (pickle.dumps(Runs(), 0), r"is a pickle that would run code \(posix.system\) when opened: refused"),
        (torch_file({"model_state_dict": Runs()}), r"would run code \(posix.system\)"),
        (torch_file({"weights": torch.zeros(3)}), "without a model_state_dict"),
        (torch_file({"recipe": "{}", "optimizer": {}}), "a training run goes on from: open the model"),
        (torch_file({"model_state_dict": {"fc.weight": torch.zeros(3)}}), "another network"),
        (torch_file({"model_state_dict": weights(RELEASED), "ema": {}}), "averaged weights"),
        (pickle.dumps([1, 2]), "is a pickle that is cut short, damaged, or holds other things"),
        (safetensors_file(bert=np.zeros((2, 2), np.float32)), "of another program"),
        (safetensors_file({"gfpose-checkpoint": "{"}), "cut short or damaged"),
        (safetensors_file({"gfpose-checkpoint": NEWER}), "version 9"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused_in_words(tmp_path, content, words):
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"^file.bin .*" + words):
        read_checkpoint(path)
    assert not Path("/tmp/gfpose-was-here").exists()


def test_pose_files_are_named_with_what_to_do(tmp_path):
    path = tmp_path / "poses.h5"
    with h5py.File(path, "w") as file:
        file["train/positions"] = np.zeros((2, 17, 3))
    with pytest.raises(CheckpointError, match=r"is an HDF5 file with pose data, no checkpoint: train on it"):
        read_checkpoint(path)


def quantized(tensor: torch.Tensor) -> torch.Tensor:
    return torch.quantize_per_tensor(tensor, 0.1, 0, torch.qint8)


@pytest.mark.parametrize("averaged", [False, True])
@pytest.mark.parametrize(
    "change",
    [lambda t: t[:1].clone().expand(t.shape), torch.Tensor.to_sparse, lambda t: t.to("meta"), quantized],
    ids=["one number many times", "sparse", "without content", "quantized"],
)
@pytest.mark.filterwarnings("ignore")  # torch's, of kinds of tensors that it no longer likes
def test_tensors_that_are_more_than_their_content_are_refused(tmp_path, change, averaged):
    state, name = weights(RELEASED), "pre_dense.bias"
    changed = {**state, name: change(state[name])}
    content = {"model_state_dict": state if averaged else changed}
    content |= {"ema": {"shadow_params": list(changed.values())}} if averaged else {}
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match="more than is there"):
        read_checkpoint(tmp_path / "a.pth")


def test_a_packed_torch_file_is_not_unpacked(tmp_path, theirs):
    with zipfile.ZipFile(theirs) as archive, zipfile.ZipFile(tmp_path / "a.pth", "w") as packed:
        for name in archive.namelist():
            packed.writestr(name, archive.read(name))
        packed.writestr("archive/data/bomb", bytes(10**7), zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match=r"a.pth is a torch file that is packed"):
        read_checkpoint(tmp_path / "a.pth")


def test_no_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match="there is no file"):
        read_checkpoint(tmp_path / "none.safetensors")
    with pytest.raises(CheckpointError, match="is a folder"):
        read_checkpoint(tmp_path)


def test_a_consistent_file_of_an_impossible_network_is_refused(tmp_path):
    config = {"network": {"blocks": 10**9}, "sde": {"name": "subvp"}}
    about = {"format": "gfpose-checkpoint", "version": 1, "config": config, "facts": {}}
    about |= {"skeleton": {"joints": []}, "sha256": content_hash(config, {})}
    save_file({}, tmp_path / "x.safetensors", metadata={"gfpose-checkpoint": json.dumps(about)})
    with pytest.raises(CheckpointError):
        read_checkpoint(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        *((name, value, f"a network whose {name} is {value!r}")
          for name, value in (("groups", True), ("groups", 1.0), ("dropout", "0.1"), ("blocks", None))),
        *(("groups", groups, "no such groups") for groups in (-1, 0, 5)),
    ],
)  # fmt: skip
def test_what_is_no_number_of_a_network_is_refused(tmp_path, name, value, words):
    config = {"network": {**asdict(TINY), name: value}, "sde": {"name": "subvp"}}
    about = {"format": "gfpose-checkpoint", "version": 1, "config": config, "facts": {}}
    about |= {"skeleton": {"joints": H36M17.names}, "sha256": content_hash(config, weights())}
    save_file(weights(), tmp_path / "x.safetensors", metadata={"gfpose-checkpoint": json.dumps(about)})
    with pytest.raises(CheckpointError, match=words):
        read_checkpoint(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    ("changes", "words"), [({"form": "magic"}, "its form is 'magic'"), ({}, "its condition is 'residual'")]
)
def test_a_file_of_another_version_says_so(tmp_path, changes, words):
    network = {**asdict(TINY), "condition": "exact" if changes else "residual"}
    config = {"network": network, "sde": {"name": "subvp"}, **changes}
    about = {"format": "gfpose-checkpoint", "version": 1, "config": config, "facts": {}}
    about |= {"skeleton": {"joints": H36M17.names}, "sha256": content_hash(config, weights())}
    save_file(weights(), tmp_path / "x.safetensors", metadata={"gfpose-checkpoint": json.dumps(about)})
    with pytest.raises(CheckpointError, match=f"x.safetensors was written by another version.*{words}"):
        read_checkpoint(tmp_path / "x.safetensors")


@pytest.mark.parametrize("which", ["ours", "theirs"])
@given(data=st.data())
def test_damage_raises_nothing_else_and_never_goes_unseen_in_weights(which, ours, theirs, folder, data):
    good = ours if which == "ours" else theirs
    content = bytearray(good.read_bytes())
    if data.draw(st.booleans(), "cut"):
        content = content[: data.draw(st.integers(0, len(content) - 1), "length")]
    else:
        for _ in range(data.draw(st.integers(1, 3), "flips")):
            content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    damaged = folder / "damaged"
    damaged.write_bytes(content)
    try:
        read = read_checkpoint(damaged)
    except CheckpointError:
        return
    whole = read_checkpoint(good)
    assert read.sha256 == whole.sha256
    assert all(torch.equal(read.tensors[name], whole.tensors[name]) for name in whole.tensors)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"\x80\x02", b"\x89HDF\r\n\x1a\n", b"\x93NUMPY"]),
)
def test_random_bytes_are_refused(folder, content, start):
    (folder / "random").write_bytes(start + content)
    with pytest.raises(CheckpointError):
        read_checkpoint(folder / "random")


def test_a_damaged_torch_archive_is_seen_by_its_checksums(theirs, tmp_path):
    with zipfile.ZipFile(theirs) as archive:
        info = max(archive.infolist(), key=lambda entry: entry.file_size)
    content = bytearray(theirs.read_bytes())
    content[info.header_offset + 200] ^= 1
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match="is a torch file that is damaged"):
        read_checkpoint(tmp_path / "x.pth")
