#!/usr/bin/env python3
"""Measures what VAE and vocoder make of real clips.

    python3 round_trip.py --data DIR --weights OUT [--clips 8] [--sounds FOLDER]
    python3 round_trip.py --data DIR --models FOLDER --binary .build/release/mmaudio

The first way runs `v1-16.pth` and `best_netG.pt` in PyTorch, the second the stages of the Swift
binary on converted models, encoder among them. Prints mel L1 for the VAE, the vocoder and both, in log₁₀
as the networks have it, and how many clicks there are; fails if L1 is above 0.35 or anything clicks.
"""

import argparse
import pathlib

import numpy as np
import torch

from binary import Binary
from dataset import Dataset
from mel import RATE, Mel
from vae import VAE
from vocoder import Vocoder
from world import write_wave

BAR = 0.35


class TorchStages:
    """The networks in PyTorch; arrays of one clip in and out."""

    def __init__(self, folder):
        self.vae = VAE.load(folder / "v1-16.pth")
        self.vocoder = Vocoder.load(folder / "best_netG.pt")

    def through_vae(self, mel):
        return self.vae.decode(self.vae.encode(torch.from_numpy(mel))[0]).numpy()

    def vocode(self, mel):
        return self.vocoder(torch.from_numpy(mel))[0].numpy()


class SwiftStages:
    """The same by `mmaudio stage`."""

    def __init__(self, path, models):
        self.stage = Binary(path, models, "nano_16k").stage

    def through_vae(self, mel):
        latents = self.stage("vae-encode", {"enc_mel": mel})["enc_mean"]
        return self.stage("vae-decode", {"z": latents})["mel"]

    def vocode(self, mel):
        return self.stage("vocode", {"vocoder_mel": mel})["audio"].reshape(-1)


def clicks(made, real):
    """Seconds at which made sound jumps and real sound, 20 ms around, does not.

    A jump is a large second difference: ten times what real sound has nearby, and more than 0.05.
    """
    jumps, usual = (np.abs(np.diff(sound, n=2, prepend=0, append=0)) for sound in (made, real))
    reach = RATE // 50
    nearby = np.lib.stride_tricks.sliding_window_view(
        np.pad(usual, reach, mode="edge"), 2 * reach + 1).max(axis=1)
    found = np.flatnonzero((jumps > 0.05) & (jumps > 10 * nearby)) / RATE
    return [time for time, before in zip(found, [-1.0, *found]) if time - before > 0.005]


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--weights", type=pathlib.Path, help="folder of checkpoints")
    parser.add_argument("--models", type=pathlib.Path, help="folder of converted models")
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--clips", type=int, default=8, help="how many, the last, held out ones")
    parser.add_argument("--sounds", type=pathlib.Path, help="where to write what was made")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    data = Dataset(arguments.data)
    stages = (TorchStages(arguments.weights) if arguments.weights
              else SwiftStages(arguments.binary, arguments.models))
    spectrogram = Mel()

    def mel_of(sound):
        return spectrogram(torch.from_numpy(sound)[None]).numpy()

    rows = []
    for index in range(len(data))[-arguments.clips:]:
        audio = np.float32(data.audio[index])
        mel = mel_of(audio)
        returned = stages.through_vae(mel)
        made, plain = stages.vocode(returned), stages.vocode(mel)
        errors = [np.abs(other - mel).mean()
                  for other in (returned, mel_of(plain), mel_of(made))]
        found = clicks(made, audio)
        rows.append(errors + [len(found)])
        print(f"{index:5} {data.clips[index]['name']:12} VAE {errors[0]:.3f}  vocoder "
              f"{errors[1]:.3f}  both {errors[2]:.3f}  clicks "
              f"{' '.join(f'{time:.3f}' for time in found) or 'none'}", flush=True)
        if arguments.sounds:
            arguments.sounds.mkdir(parents=True, exist_ok=True)
            write_wave(arguments.sounds / f"{index}_real.wav", audio)
            write_wave(arguments.sounds / f"{index}_made.wav", made)
    rows = np.array(rows)
    means = rows.mean(axis=0)
    print(f"mean: VAE {means[0]:.3f}  vocoder {means[1]:.3f}  both {means[2]:.3f}; "
          f"worst {rows[:, 2].max():.3f}, clicks {rows[:, 3].sum():.0f}")
    if rows[:, 2].max() > BAR or rows[:, 3].any():
        raise SystemExit(f"a clip is above {BAR}, or clicks")


if __name__ == "__main__":
    main()
