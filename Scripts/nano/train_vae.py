#!/usr/bin/env python3
"""Trains the mel VAE: `OUT/v1-16.pth`, in the published layout.

    python3 train_vae.py --data DIR --out OUT [--steps N --seed S --device cpu]

Stretches of 2 to 4 s are encoded, sampled, decoded and compared; a small divergence from the normal
distribution keeps latents near unit scale and lets neighbours sound alike.
"""

import numpy as np
import torch
from torch.nn import functional as F

import training
from dataset import Dataset
from mel import HOP, Mel
from vae import VAE

BATCH = 16
FRAMES = (126, 250)
RATE = 5e-3
LOUD = 20  # of differences of amplitudes' square roots, which mind the few bands of a tone
DIVERGENCE = 3e-3


def stretches(audio, count, frames, rng):
    """Random stretches of random clips, `[count, 256 frames]`."""
    samples = frames * HOP
    clips = rng.integers(len(audio), size=count)
    starts = rng.integers(audio.shape[1] - samples + 1, size=count)
    return torch.from_numpy(np.stack([
        audio[clip, start:start + samples] for clip, start in zip(clips, starts)])).float()


def statistics(audio, mel):
    """Means and deviations of the bands over some 200 clips, `[1, 80, 1]` each."""
    some = audio[::max(1, len(audio) // 200)]
    mels = mel(torch.from_numpy(np.float32(some)))
    return mels.mean((0, 2))[None, :, None], mels.std((0, 2))[None, :, None]


def main():
    arguments = training.parser(__doc__.split("\n\n")[0], steps=8000).parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    train, held = training.split(Dataset(arguments.data).audio)
    mel = Mel()
    vae = VAE()
    vae.data_mean, vae.data_std = statistics(train, mel)
    held = mel(torch.from_numpy(np.float32(held))).to(arguments.device)
    mel, vae = mel.to(arguments.device), vae.to(arguments.device)
    optimizer = torch.optim.Adam(vae.parameters(), lr=RATE, betas=(0.9, 0.99))

    def step(index, rng):
        frames = 2 * int(rng.integers(FRAMES[0] // 2, FRAMES[1] // 2 + 1))
        wanted = mel(stretches(train, BATCH, frames, rng).to(arguments.device))
        mean, deviation = vae.encode(wanted)
        made = vae.decode(mean + deviation * torch.randn_like(mean))
        reconstruction = F.l1_loss(vae.normalize(made), vae.normalize(wanted))
        reconstruction = reconstruction + LOUD * F.l1_loss(10 ** (made / 2), 10 ** (wanted / 2))
        divergence = 0.5 * (mean**2 + deviation**2 - 1 - 2 * torch.log(deviation)).mean()
        optimizer.zero_grad()
        (reconstruction + DIVERGENCE * divergence).backward()
        optimizer.step()
        vae.renew()
        return {
            "reconstruction": reconstruction.detach(), "divergence": divergence.detach(),
            "mean": mean.detach().std(), "deviation": deviation.detach().mean()}

    @torch.no_grad()
    def publish():
        training.save(vae.state_dict(), arguments.out / "v1-16.pth")
        error = F.l1_loss(vae.decode(vae.encode(held)[0]), held)
        print(f"held-out mel L1 {error:.4f} (log10)", flush=True)

    training.run(arguments, "vae", {"vae": vae, "optimizer": optimizer}, step, publish)


if __name__ == "__main__":
    main()
