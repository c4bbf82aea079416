#!/usr/bin/env python3
"""Measures whether sounds keep time in clips of any length.

    python3 evaluate_lengths.py --work WORK [--models DIR --binary PATH --clips 40 --lengths 3,8,13]

Two kinds of clips that no training has seen get a sound: striking scenes of the world, with an empty prompt, and
balls that are drawn in another way, with "a bouncing ball", so that the question is when it strikes and not
what it is. Prints for each length the F1 of onsets within 60 ms, that as a share of the F1 at 8 s, how late
onsets are in the last third (median), and the F1 within the last half second. `WORK` keeps every result: a run
that was cut off goes on, so give another binary another folder.
"""

import argparse
import json
import pathlib

import numpy as np

from binary import Binary, read_wave
from evaluate import table
from onsets import TOLERANCE, Score, offsets, onsets, score
from scenes import CLASSES
from thrown_ball import ThrownBall
from world import FRAME_RATE, Clip, write_video

FIRST_SEED = 3_000_000  # far from those of the training
STRIKING = ["ball", "metal", "wood", "bell", "drops", "footsteps"]
WORLD, THROWN = "scenes of the world", "balls drawn otherwise"
NEAR = 0.4  # seconds beyond which an onset is another event's
END = 0.5  # seconds before the end that are looked at on their own

assert set(STRIKING) < set(CLASSES)


def drawn(kind, index, seconds):
    """A clip's events, frames, frames a second and prompt."""
    if kind == THROWN:
        ball = ThrownBall(FIRST_SEED + index, seconds)
        return ball.events, ball.frames(), ball.rate, "a bouncing ball"
    clip = Clip(FIRST_SEED + index, STRIKING[index % len(STRIKING)], seconds)
    return clip.events, clip.frames()[:-1], FRAME_RATE, ""


def heard(binary, folder, kind, index, seconds):
    """Events and onsets of one clip."""
    events, frames, rate, prompt = drawn(kind, index, seconds)
    video, sound = folder / "clip.mp4", folder / "clip.wav"
    write_video(video, frames, rate=rate)
    binary.generate(sound, index, video=video, prompt=prompt, seconds=None)
    samples = read_wave(sound)
    # Half a second is no whole number of pictures, so a clip may last a little longer.
    if len(samples) != round(len(frames) / rate * 16_000):
        raise SystemExit(f"{len(samples)} samples for {len(frames)} pictures at {rate} a second")
    return {
        "kind": kind, "seconds": seconds, "clip": index, "events": events.tolist(),
        "onsets": onsets(samples).tolist()}


def all_heard(binary, folder, lengths, clips):
    """Results of all clips, those of an earlier run from its file."""
    log = folder / "results.jsonl"
    results = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    done = {(result["kind"], result["seconds"], result["clip"]) for result in results}
    with log.open("a") as file:
        for index in range(clips):
            for seconds in lengths:
                for kind in (WORLD, THROWN):
                    if (kind, seconds, index) in done:
                        continue
                    results.append(heard(binary, folder, kind, index, seconds))
                    print(json.dumps(results[-1]), file=file, flush=True)
    return results


def summary(results):
    """F1, median signed offset in the last third, and F1 in the last half second."""
    whole, late, end = Score(), [], Score()
    for result in results:
        seconds, events, found = (np.array(result[key]) for key in ("seconds", "events", "onsets"))
        whole += score(found, events)
        late.extend(offsets(found, events[events >= seconds * 2 / 3]))
        end += score(
            found[found >= seconds - END - TOLERANCE], events[events >= seconds - END])
    late = np.array(late)
    return whole.f1, np.median(late[np.abs(late) < NEAR]), end.f1


def length_table(results, lengths):
    rows = [["length", "onset F1", "of that at 8 s", "late by, last third", "F1, last half second"]]
    numbers = {
        seconds: summary([r for r in results if r["seconds"] == seconds]) for seconds in lengths}
    for seconds, (f1, late, end) in numbers.items():
        share = f"{f1 / numbers[8][0]:.2f}" if 8 in numbers else ""
        rows.append(
            [f"{seconds:g} s", f"{f1:.2f}", share, f"{1000 * late:.0f} ms", f"{end:.2f}"])
    return table(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--models", type=pathlib.Path, default="Models/nano")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--binary", type=pathlib.Path, default=".build/release/mmaudio")
    parser.add_argument("--variant", default="nano_16k")
    parser.add_argument("--clips", type=int, default=40, help="of each kind and length")
    parser.add_argument("--lengths", default="3,4,5,6,7,7.5,8,10,13", help="in seconds")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    lengths = [float(word) for word in arguments.lengths.split(",")]
    binary = Binary(arguments.binary, arguments.models, arguments.variant)
    results = all_heard(binary, arguments.work, lengths, arguments.clips)
    for kind in (WORLD, THROWN):
        print(f"{kind}:\n")
        print(length_table([r for r in results if r["kind"] == kind], lengths), end="\n\n")


if __name__ == "__main__":
    main()
