#!/usr/bin/env python3
"""Scores the nano model by ear, on clips of the world that no training has seen.

    python3 evaluate.py --models DIR --work WORK [--binary PATH --variant V --clips 100]
    python3 evaluate.py --work WORK --real

Clips without sound go through the binary three times: with an empty prompt, as a prompt alone, and,
where something strikes in them, with the sync features of another clip of the same class, so that
only the timing is another's. Onsets are compared with the world's events, and a classifier trained
on real sounds says what it hears. `WORK/evaluation.md` and `.json` get the results; what is in WORK
from a run that was cut off is used again, so give other models another folder. `--real` scores the
world's own sound instead, where all should be near perfect.
"""

import argparse
import json
import pathlib

import numpy as np
from safetensors.numpy import load_file, save_file

import listener
from binary import Binary, read_wave
from onsets import Score, offsets, onsets, score
from scenes import CLASSES
from world import Clip, write_video, write_wave

FIRST_SEED = 1_000_000  # far from those of the training
CLASS_NAMES = list(CLASSES)
VIDEO, PROMPT, OTHER, REAL = "video", "prompt", "other", "real"  # what a sound was made from


def fresh_clips(count):
    """Classes take turns, so that each is heard equally often."""
    return [
        Clip(FIRST_SEED + index, CLASS_NAMES[index % len(CLASS_NAMES)])
        for index in range(count)]


def silent_video(folder, index, clip):
    """The clip as a file, rendered if it is not there."""
    path = folder / f"{index:03}.mp4"
    if not path.exists():
        partial = folder / "partial.mp4"
        write_video(partial, clip.frames())
        partial.rename(path)
    return path


def video_features(binary, folder, index, clip):
    """Kept beside the video, as two clips need them."""
    path = folder / f"{index:03}.safetensors"
    if not path.exists():
        features = binary.video_features(silent_video(folder, index, clip))
        partial = folder / "partial.safetensors"
        save_file(features, partial)
        partial.rename(path)
    return load_file(path)


def other(index, clips):
    """The next clip of the same class, or of the one before if there is none."""
    following = [
        candidate for candidate in range(len(clips))
        if candidate != index and clips[candidate].name == clips[index].name]
    return next((candidate for candidate in following if candidate > index), following[0])


def wave_of(path, make):
    """Samples of a WAV, which `make(path)` writes if it is not there."""
    if not path.exists():
        partial = path.with_name("partial.wav")
        make(partial)
        partial.rename(path)
    return read_wave(path)


def sounds(binary, folder, clips):
    """(index, what from, samples) of every sound of the evaluation."""
    no_text = binary.no_text()
    for index, clip in enumerate(clips):
        video = silent_video(folder, index, clip)
        yield index, VIDEO, wave_of(
            folder / f"{index:03}_video.wav",
            lambda path: binary.generate(path, index, video=video))
        yield index, PROMPT, wave_of(
            folder / f"{index:03}_prompt.wav",
            lambda path: binary.generate(path, index, prompt=clip.caption))
        if len(clip.events):
            def shuffled(path):
                timing = other(index, clips)
                features = video_features(binary, folder, index, clip)
                features["sync_f"] = video_features(binary, folder, timing, clips[timing])["sync_f"]
                features["text_f"] = features["negative_text_f"] = no_text
                write_wave(path, binary.sound(features, index))

            yield index, OTHER, wave_of(folder / f"{index:03}_other.wav", shuffled)
        print(f"{index + 1} of {len(clips)} clips", flush=True)


def judged(ear, index, source, samples, clip):
    """One sound's onsets and class beside the true ones."""
    heard, events = onsets(samples), clip.events
    return {
        "clip": index, "class": clip.name, "source": source,
        "heard": CLASS_NAMES[listener.hear(ear, samples)], "events": events.tolist(),
        "onsets": heard.tolist(), "score": score(heard, events),
        "offsets": offsets(heard, events)}


def summary(results):
    """F1, median absolute offset in ms and the share heard rightly, of some sounds."""
    striking = [result for result in results if result["events"]]
    if not results:
        return {}
    numbers = {"heard rightly": np.mean([r["heard"] == r["class"] for r in results])}
    if striking:
        numbers["onset F1"] = sum((r["score"] for r in striking), Score()).f1
        distances = np.abs(np.concatenate([r["offsets"] for r in striking]))
        numbers["offset"] = 1000 * np.median(distances)
    return {key: float(value) for key, value in numbers.items()}


def table(rows):
    """Markdown of rows of words, the first of them the head."""
    head, *body = (" | ".join(map(str, row)) for row in rows)
    rule = "|".join(["---"] * len(rows[0]))
    return "\n".join([f"| {head} |", f"|{rule}|", *(f"| {row} |" for row in body)])


def formatted(numbers, key):
    if key not in numbers or not np.isfinite(numbers[key]):
        return "none" if key in numbers else ""
    return f"{numbers[key]:.0f} ms" if key == "offset" else f"{numbers[key]:.2f}"


def real_tables(results):
    keys = ["onset F1", "offset", "heard rightly"]
    rows = [["class", *keys]]
    for name in ["all", *CLASS_NAMES]:
        numbers = summary([r for r in results if name in ("all", r["class"])])
        rows.append([name, *(formatted(numbers, key) for key in keys)])
    return table(rows)


def model_tables(results):
    def numbers(source, name="all"):
        return summary([
            r for r in results if r["source"] == source and name in ("all", r["class"])])

    video, prompt, shuffled = (numbers(source) for source in (VIDEO, PROMPT, OTHER))
    lower = {"onset F1": video["onset F1"] - shuffled["onset F1"]}
    bars = table([
        ["what", "bar", "measured"],
        ["onset F1, video, empty prompt", "≥ 0.85", formatted(video, "onset F1")],
        ["median absolute onset offset", "≤ 40 ms", formatted(video, "offset")],
        ["class heard rightly, video only", "≥ 0.85", formatted(video, "heard rightly")],
        ["class heard rightly, prompt only", "≥ 0.85", formatted(prompt, "heard rightly")],
        ["onset F1, another clip's sync features", "", formatted(shuffled, "onset F1")],
        ["lower by", "≥ 0.4", formatted(lower, "onset F1")]])
    rows = [[
        "class", "onset F1", "offset", "with another's sync", "heard: video only", "prompt only"]]
    for name in CLASS_NAMES:
        seen = numbers(VIDEO, name)
        rows.append([
            name, formatted(seen, "onset F1"), formatted(seen, "offset"),
            formatted(numbers(OTHER, name), "onset F1"), formatted(seen, "heard rightly"),
            formatted(numbers(PROMPT, name), "heard rightly")])
    return f"{bars}\n\n{table(rows)}"


def write(folder, text, results):
    (folder / "evaluation.md").write_text(text + "\n")
    plain = [
        {key: value for key, value in result.items() if key not in ("score", "offsets")}
        for result in results]
    summaries = {
        source: summary([r for r in results if r["source"] == source])
        for source in sorted({r["source"] for r in results})}
    (folder / "evaluation.json").write_text(
        json.dumps({"summary": summaries, "sounds": plain}, indent=1))
    print(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--models", type=pathlib.Path, default="Models/nano")
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--binary", type=pathlib.Path, default=".build/release/mmaudio")
    parser.add_argument("--variant", default="nano_16k")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--cfg", type=float, default=4.5)
    parser.add_argument("--real", action="store_true", help="score the world's own sound")
    arguments = parser.parse_args()
    if arguments.clips < 2 * len(CLASS_NAMES):
        parser.error(f"--clips is at least {2 * len(CLASS_NAMES)}, two of each class")
    arguments.work.mkdir(parents=True, exist_ok=True)
    clips = fresh_clips(arguments.clips)
    ear = listener.cached(arguments.work / "listener.pt")
    if arguments.real:
        results = [
            judged(ear, index, REAL, clip.audio(), clip) for index, clip in enumerate(clips)]
        return write(arguments.work, real_tables(results), results)
    binary = Binary(
        arguments.binary, arguments.models, arguments.variant, arguments.steps, arguments.cfg)
    results = [
        judged(ear, index, source, samples, clips[index])
        for index, source, samples in sounds(binary, arguments.work, clips)]
    write(arguments.work, model_tables(results), results)


if __name__ == "__main__":
    main()
