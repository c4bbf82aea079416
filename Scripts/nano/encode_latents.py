#!/usr/bin/env python3
"""Encodes all clips for the training of the flow network.

    python3 encode_latents.py --data DIR --vae OUT/v1-16.pth [--out DIR]

writes `latents.npy` and `latent_deviations.npy`, [n, 250, 20] float16: mean and standard deviation that
the VAE gives each latent. Nothing is normalised.
"""

import argparse
import pathlib

import numpy as np
import torch

from dataset import Dataset
from mel import Mel
from vae import VAE

BATCH = 8


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--vae", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, help="the data's folder by default")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    out = arguments.out or arguments.data
    out.mkdir(parents=True, exist_ok=True)
    audio = Dataset(arguments.data).audio
    mel, vae = Mel().to(arguments.device), VAE.load(arguments.vae).to(arguments.device)
    batches = []
    for start in range(0, len(audio), BATCH):
        samples = torch.from_numpy(np.float32(audio[start:start + BATCH])).to(arguments.device)
        moments = torch.stack(vae.encode(mel(samples)))  # [2, batch, 20, 250]
        batches.append(moments.transpose(2, 3).half().cpu().numpy())
    latents, deviations = np.concatenate(batches, axis=1)
    np.save(out / "latents.npy", latents)
    np.save(out / "latent_deviations.npy", deviations)
    print(f"{len(latents)} clips: deviation over clips {np.float32(latents).std():.3f}, "
          f"of single latents {np.float32(deviations).mean():.3f}")


if __name__ == "__main__":
    main()
