"""What the trainings of VAE and vocoder share: arguments, resuming, learning rates and the log."""

import argparse
import math
import os
import pathlib
import time

import numpy as np
import torch


def parser(description, steps):
    """A parser of the arguments that all trainings have."""
    result = argparse.ArgumentParser(description=description)
    result.add_argument("--data", type=pathlib.Path, required=True, help="folder of dataset.py")
    result.add_argument("--out", type=pathlib.Path, required=True)
    result.add_argument("--steps", type=int, default=steps)
    result.add_argument("--seed", type=int, default=0)
    result.add_argument("--device", default="cpu")
    result.add_argument("--threads", type=int, default=2)
    return result


def split(audio):
    """Clips to train on, and the last ones, which are held out: as many as a twentieth, at most 32."""
    count = min(32, len(audio) // 20 + 1)
    return audio[:-count], audio[-count:]


def save(value, path):
    """Writes a file, which appears whole."""
    partial = path.with_name(path.name + ".partial")
    torch.save(value, partial)
    os.replace(partial, path)


def schedule(step, steps, warm=200):
    """The share of the full learning rate: a short rise, then half a cosine down to zero."""
    return min(1, (step + 1) / warm) * 0.5 * (1 + math.cos(math.pi * step / steps))


def run(arguments, name, parts, step, publish):
    """Trains up to `--steps`, from where an earlier run got.

    - parts: networks and optimizers by name, whose state goes to `NAME.state` once a minute
    - step: takes a step's index and its own generator of random numbers, gives numbers for the log
    - publish: called after the state is saved
    """
    path = arguments.out / f"{name}.state"
    arguments.out.mkdir(parents=True, exist_ok=True)
    first = 0
    if path.exists():
        state = torch.load(path, map_location=arguments.device, weights_only=True)
        first = state.pop("step")
        for part, value in state.items():
            parts[part].load_state_dict(value)
    optimizers = [part for part in parts.values() if isinstance(part, torch.optim.Optimizer)]
    saved = logged = time.monotonic()
    sums, count = {}, 0
    for index in range(first, arguments.steps):
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = optimizer.defaults["lr"] * schedule(index, arguments.steps)
        # Seeded anew at every step, so that a resumed run draws what an unbroken one would.
        torch.manual_seed(arguments.seed * 1_000_003 + index)
        for key, value in step(index, np.random.default_rng([arguments.seed, index])).items():
            sums[key] = sums.get(key, 0) + float(value)
        count += 1
        now, last = time.monotonic(), index + 1 == arguments.steps
        if now - logged > 20 or last:
            means = "  ".join(f"{key} {value / count:.4f}" for key, value in sums.items())
            print(f"{name} {index + 1}/{arguments.steps}  {means}  "
                  f"{(now - logged) / count:.3f} s/step", flush=True)
            sums, count, logged = {}, 0, now
        if now - saved > 60 or last:
            save({key: part.state_dict() for key, part in parts.items()} | {"step": index + 1}, path)
            publish()
            saved = now
