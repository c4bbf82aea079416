#!/usr/bin/env python3
"""Renders clips of the world once, for all trainings.

    python3 dataset.py DIR --seeds 0:1000 [--processes 2]

DIR gets `audio.npy` [n, 128000] float16, `sync.npy` [n, 201, 112, 112, 3] and `clip.npy`
[n, 64, 96, 96, 3] bytes, and `clips.json`. The pictures are those that the networks see, at a half
and a quarter of their size: Synchformer's is the middle of the frame, CLIP's all of it, squeezed into a
square. A run that was cut off goes on where it was.
"""

import argparse
import json
import multiprocessing
import pathlib

import numpy as np
import torch

from sounds import RATE
from world import FRAME_RATE, Clip

SECONDS = 8.0
SYNC_SIZE, CLIP_SIZE = 112, 96
CLIP_RATE = 8


class Dataset:
    """Rendered clips, mapped from their files."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.audio, self.sync, self.clip = (
            np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("audio", "sync", "clip"))
        self.clips = json.loads((folder / "clips.json").read_text())

    def __len__(self):
        return len(self.clips)


def picked(rate, count):
    """Which frames of a file the first `count` at another rate are, as the tool takes them.

    Each is the first at or after a tick of a clock, to which the original adds `1 / rate` in floating
    point: at the file's own rate, it is soon a little late, so that nearly all frames are those after.
    """
    ticks = np.cumsum([0, *np.full(count - 1, 1 / rate)])
    times = np.arange(count * FRAME_RATE / rate + 1) / FRAME_RATE
    return np.searchsorted(times, ticks)


def shrink(frames, size):
    """Frames [n, h, w, 3] as bytes [n, size, size, 3], each pixel a mean of those that it covers."""
    pixels = torch.from_numpy(frames).permute(0, 3, 1, 2)
    small = torch.nn.functional.interpolate(pixels, (size, size), mode="bilinear", antialias=True)
    return small.permute(0, 2, 3, 1).numpy()


def render(seed):
    """Everything that is kept of one clip."""
    clip = Clip(seed, seconds=SECONDS)
    frames = clip.frames()
    height, width = frames.shape[1:3]
    left = (width - height) // 2
    sync = shrink(frames[:, :, left:left + height], SYNC_SIZE)
    shown = picked(CLIP_RATE, round(SECONDS * CLIP_RATE))
    times = np.arange(0, SECONDS, 0.1)
    level = clip.scene.level
    about = {
        "seed": seed, "name": clip.name, "label": clip.label, "caption": clip.caption,
        "events": [float(time) for time in clip.events],
        "level": None if level is None else [[float(t), float(level(t))] for t in times]}
    return (
        clip.audio().astype(np.float16), sync, shrink(frames[shown], CLIP_SIZE), about)


def opened(folder, count):
    """The three arrays, made if they are not there."""
    shapes = {
        "audio": ((count, round(SECONDS * RATE)), np.float16),
        "sync": ((count, round(SECONDS * FRAME_RATE) + 1, SYNC_SIZE, SYNC_SIZE, 3), np.uint8),
        "clip": ((count, round(SECONDS * CLIP_RATE), CLIP_SIZE, CLIP_SIZE, 3), np.uint8)}
    arrays = []
    for name, (shape, dtype) in shapes.items():
        path = folder / f"{name}.npy"
        mode = "r+" if path.exists() else "w+"
        array = np.lib.format.open_memmap(path, mode=mode, dtype=dtype, shape=shape)
        if array.shape != shape:
            raise SystemExit(f"{path} holds {array.shape}, not {shape}: made for other seeds?")
        arrays.append(array)
    return arrays


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seeds", default="0:1000", help="first and beyond the last")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    seeds = range(*map(int, arguments.seeds.split(":")))
    arguments.folder.mkdir(parents=True, exist_ok=True)
    arrays = opened(arguments.folder, len(seeds))
    # One line a clip, so that a cut costs one clip.
    log = arguments.folder / "clips.jsonl"
    done = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    torch.set_num_threads(1)
    with multiprocessing.Pool(arguments.processes) as pool, log.open("a") as file:
        for index, result in enumerate(pool.imap(render, seeds[len(done):]), start=len(done)):
            for array, values in zip(arrays, result[:3]):
                array[index] = values
            done.append(result[3])
            print(json.dumps(result[3]), file=file, flush=True)
            if (index + 1) % 50 == 0:
                print(f"{index + 1} of {len(seeds)} clips", flush=True)
    (arguments.folder / "clips.json").write_text(json.dumps(done))


if __name__ == "__main__":
    main()
