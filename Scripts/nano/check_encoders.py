#!/usr/bin/env python3
"""Checks the encoders' modules against the reference's outputs and against the binary.

    python3 check_encoders.py PARITY [--trained DIR --binary PATH]

PARITY is the folder with golden/ and make_checkpoints.py, whose tiny checkpoints must load and give
the golden features. With --trained, the checkpoints there are converted by the binary, and its
features must be those that encode_features.py computes from shrunk frames.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import synchformer
import towers
from captions import all_captions, tokenize
from synchformer import Synchformer
from towers import CLIP

CLIP_FILE, SYNC_FILE = "open_clip_pytorch_model.bin", "synchformer_state_dict.pth"
TOLERANCE = 2e-4


def compare(name, found, wanted, tolerance):
    """Prints the largest difference over the largest value, and whether it is small enough."""
    error = ((found - wanted).abs().max() / wanted.abs().max()).item()
    print(f"{'ok  ' if error <= tolerance else 'FAIL'}  {name:32} {error:.2e} of {tolerance:.0e}")
    return error <= tolerance


def channels_last(frames):
    """`[n, 3, h, w]` bytes → `[n, h, w, 3]` in 0…1."""
    return frames.permute(0, 2, 3, 1).float() / 255


def formula_frames(count, size=224):
    """The frames behind the golden sync features, `[count, 3, size, size]` bytes."""
    line = torch.linspace(0, 6.28, size, dtype=torch.float64)
    index = torch.arange(count)[:, None, None, None]
    channel = torch.arange(3)[:, None, None]
    down = torch.sin(line[:, None] * (channel + 1) + 0.3 * index)
    across = torch.cos(2 * line + channel + 0.2 * index)
    return ((0.4 * down * across + 0.5) * 255).round().to(torch.uint8)


def golden_checks(parity, folder):
    """The tiny checkpoints in the modules."""
    subprocess.run(
        [sys.executable, parity / "make_checkpoints.py", folder], check=True,
        stdout=subprocess.DEVNULL)
    clip = CLIP.loaded(torch.load(folder / CLIP_FILE, weights_only=True))
    golden = load_file(parity / "golden/tiny_clip.safetensors")
    yield compare(
        "golden image features", clip.encode_image(channels_last(golden["frames_u8"])),
        golden["image_features"], TOLERANCE)
    yield compare(
        "golden text features", clip.text_features(golden["tokens"]), golden["text_features"],
        TOLERANCE)
    sync = Synchformer.loaded(torch.load(folder / SYNC_FILE, weights_only=True))
    with safe_open(parity / "golden/tiny_sync.safetensors", "pt") as file:
        frames = formula_frames(int(file.metadata()["nframes"]))
        wanted = file.get_tensor("sync_features")[0]
    yield compare("golden sync features", sync.features(channels_last(frames)), wanted, TOLERANCE)
    with safe_open(parity / "golden/tokenizer.safetensors", "pt") as file:
        tokens = tokenize(json.loads(file.metadata()["prompts"]))
        yield compare("golden tokens", tokens.float(), file.get_tensor("tokens").float(), 0)


def binary_checks(trained, binary, folder):
    """The trained checkpoints in the binary, on full frames, and in the modules, on shrunk ones."""
    names = [trained / CLIP_FILE, trained / SYNC_FILE]
    models = folder / "models"
    subprocess.run([binary, "convert", *names, "-o", models, "--dtype", "f32"], check=True)

    def stage(name, output, **tensors):
        source, target = folder / "in.safetensors", folder / "out.safetensors"
        save_file(tensors, source)
        subprocess.run(
            [binary, "stage", name, "--models", models, "--input", source, "--output", target],
            check=True)
        return load_file(target)[output]

    def shrunk(frames, factor):
        pooled = torch.nn.functional.avg_pool2d(frames.float(), factor)
        return pooled.permute(0, 2, 3, 1) / 255

    generator = torch.Generator().manual_seed(1)
    clip, sync = (
        kind.loaded(torch.load(name, weights_only=True), shrink)
        for kind, name, shrink in [
            (CLIP, names[0], towers.SHRINK), (Synchformer, names[1], synchformer.SHRINK)])
    frames = torch.randint(0, 256, (4, 3, 384, 384), generator=generator, dtype=torch.uint8)
    yield compare(
        "image features", stage("clip-image", "image_features", frames_u8=frames),
        clip.encode_image(shrunk(frames, towers.SHRINK)), TOLERANCE)
    frames = formula_frames(40)
    yield compare(
        "sync features", stage("sync", "sync_features", sync_frames_u8=frames)[0],
        sync.features(shrunk(frames, synchformer.SHRINK)), TOLERANCE)
    tokens = torch.as_tensor(tokenize(all_captions()))
    yield compare(
        "text features", stage("clip-text", "text_features", tokens=tokens.int()),
        clip.text_features(tokens), TOLERANCE)


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("parity", type=pathlib.Path)
    parser.add_argument("--trained", type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path, default=".build/release/mmaudio")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        results = list(golden_checks(arguments.parity, folder))
        if arguments.trained:
            results += binary_checks(arguments.trained, arguments.binary, folder)
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
