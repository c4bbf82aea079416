#!/usr/bin/env python3
"""Trains the vocoder: `OUT/best_netG.pt`, in the published layout.

    python3 train_vocoder.py --data DIR --out OUT [--vae OUT/v1-16.pth] [--adversary STEP]
                             [--steps N --seed S --device cpu]

Stretches of 0.5 to 1 s are made from their mel spectrograms and compared at several resolutions. With a
VAE, half of the spectrograms are what it makes of the real ones, so that the pair works. From
`--adversary` on, a discriminator judges as well, which gives noise its grain.
"""

import pathlib

import numpy as np
import torch
from torch.nn import functional as F

import bank
import training
from dataset import Dataset
from discriminator import Discriminator
from mel import HOP, Mel
from spectral_loss import SpectralLoss
from vae import VAE
from vocoder import Vocoder

BATCH = 8
FRAMES = (32, 62)
RATE = 2e-4
ADVERSARY = 0.04


@torch.no_grad()
def spectrograms(audio, vae, batch=16):
    """Of all clips, real and, if there is a VAE, as it gives them back: `[1 or 2, n, 80, frames]`."""
    mel = Mel()
    real, returned = [], []
    for start in range(0, len(audio), batch):
        mels = mel(torch.from_numpy(np.float32(audio[start:start + batch])))
        real.append(mels.half())
        if vae is not None:
            returned.append(vae.decode(vae.encode(mels)[0]).half())
    return torch.stack([torch.cat(kind) for kind in (real, returned) if kind])


def stretches(audio, mels, rng):
    """Random stretches of random clips: mel `[batch, 80, frames]`, audio `[batch, 256 frames]`."""
    frames = int(rng.integers(FRAMES[0], FRAMES[1] + 1))
    clips = rng.integers(len(audio), size=BATCH)
    starts = rng.integers(mels.shape[3] - frames + 1, size=BATCH)
    kinds = rng.integers(len(mels), size=BATCH)
    some = [mels[kind, clip, :, start:start + frames]
            for kind, clip, start in zip(kinds, clips, starts)]
    real = [audio[clip, start * HOP:(start + frames) * HOP] for clip, start in zip(clips, starts)]
    return torch.stack(some).float(), torch.from_numpy(np.stack(real)).float()


def main():
    parser = training.parser(__doc__.split("\n\n")[0], steps=3250)
    parser.add_argument("--vae", type=pathlib.Path)
    parser.add_argument("--adversary", type=int, help="step from which a discriminator judges")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    train, held = training.split(Dataset(arguments.data).audio)
    vae = arguments.vae and VAE.load(arguments.vae)
    mels, held_mels = spectrograms(train, vae), spectrograms(held[:4], vae)[-1].float()
    held_mels = held_mels.to(arguments.device)
    held = torch.from_numpy(np.float32(held[:4])).to(arguments.device)
    vocoder = Vocoder()
    bank.begin(vocoder)
    vocoder, discriminator, spectral = (
        module.to(arguments.device) for module in (vocoder, Discriminator(), SpectralLoss()))
    optimizer, opponent = (
        torch.optim.AdamW(module.parameters(), lr=rate, betas=(0.8, 0.99), weight_decay=0.01)
        for module, rate in ((vocoder, RATE), (discriminator, RATE / 2)))

    def step(index, rng):
        some, real = (part.to(arguments.device) for part in stretches(train, mels, rng))
        made = vocoder(some)
        loss, mel = spectral(made, real)
        numbers = {"loss": loss.detach(), "mel": mel.detach()}
        if arguments.adversary is not None and index >= arguments.adversary:
            verdict = discriminator.own_loss(made.detach(), real)
            opponent.zero_grad()
            verdict.backward()
            opponent.step()
            discriminator.requires_grad_(False)
            judged = discriminator.vocoder_loss(made, real)
            discriminator.requires_grad_(True)
            loss = loss + ADVERSARY * judged
            numbers |= {"discriminator": verdict.detach(), "judged": judged.detach()}
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(vocoder.parameters(), 1)
        optimizer.step()
        return numbers

    @torch.no_grad()
    def publish():
        training.save({"generator": vocoder.state_dict()}, arguments.out / "best_netG.pt")
        error = F.l1_loss(spectral.mel(vocoder(held_mels)), spectral.mel(held))
        print(f"held-out mel L1 {error:.4f} (log10)", flush=True)

    training.run(
        arguments, "vocoder",
        {"vocoder": vocoder, "optimizer": optimizer, "discriminator": discriminator,
         "opponent": opponent}, step, publish)


if __name__ == "__main__":
    main()
