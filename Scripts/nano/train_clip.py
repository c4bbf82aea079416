#!/usr/bin/env python3
"""Trains CLIP's towers on frames and captions: `OUT/open_clip_pytorch_model.bin`, as published.

    python3 train_clip.py --data DIR --out OUT [--steps N --seed S --device cpu]

Frames are drawn to the captions of their class and away from all others. Classes repeat within a
batch, so that a frame has several captions that are right: the target is the same for each of them.
"""

import math

import numpy as np
import torch
from torch.nn import functional as F

import training
from augmentation import varied_pictures
from captions import CLASSES, tokenize, trimmed, varied_tokens
from dataset import Dataset
from towers import CLIP

BATCH = 64
RATE = 1e-3
WEIGHT_DECAY = 0.02
SHARPEST = math.log(100)


def contrastive_loss(images, texts, labels, scale):
    """Cross-entropies between images and texts `[n, features]`, over both; labels `[n]`."""
    logits = scale * images @ texts.T
    right = (labels[:, None] == labels).float()
    right = right / right.sum(1, keepdim=True)
    return (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2


class Pictures:
    """Single frames of some clips of a dataset."""

    def __init__(self, dataset, clips):
        self.frames, self.clips = dataset.clip, np.array(clips)
        self.labels = np.array([clip["label"] for clip in dataset.clips])

    def batch(self, rng, count):
        """Frames `[n, height, width, 3]` bytes, each of another clip, and their labels `[n]`."""
        clips = rng.choice(self.clips, count, replace=count > len(self.clips))
        times = rng.integers(self.frames.shape[1], size=count)
        frames = np.stack([self.frames[clip, time] for clip, time in zip(clips, times)])
        return torch.from_numpy(frames), torch.from_numpy(self.labels[clips])


@torch.no_grad()
def accuracy(clip, frames, labels):
    """The share of frames nearest to the captions of their class, which are its mean."""
    texts = torch.stack([
        clip.encode_text(trimmed(tokenize(scene.captions)).to(labels.device)).mean(0)
        for scene in CLASSES.values()])
    nearest = (clip.encode_image(frames.float() / 255) @ texts.T).argmax(1)
    return (nearest == labels).float().mean().item()


def main():
    arguments = training.parser(__doc__.split("\n\n")[0], steps=800).parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    dataset, device = Dataset(arguments.data), arguments.device
    train, held = (Pictures(dataset, clips) for clips in training.split(range(len(dataset))))
    held = [part.to(device) for part in held.batch(np.random.default_rng(0), 128)]
    clip = CLIP().to(device)
    optimizer = torch.optim.AdamW(
        clip.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY)

    def step(index, rng):
        frames, labels = (part.to(device) for part in train.batch(rng, BATCH))
        tokens = varied_tokens(labels.tolist(), rng).to(device)
        images = clip.encode_image(varied_pictures(frames, rng))
        loss = contrastive_loss(
            images, clip.encode_text(tokens), labels, clip.logit_scale.exp())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(clip.parameters(), 1.0)
        optimizer.step()
        clip.logit_scale.data.clamp_(max=SHARPEST)
        return {"loss": loss.detach(), "scale": clip.logit_scale.detach().exp()}

    def publish():
        training.save(clip.published(), arguments.out / "open_clip_pytorch_model.bin")
        print(f"held-out frames told rightly {accuracy(clip, *held):.3f}", flush=True)

    training.run(arguments, "clip", {"clip": clip, "optimizer": optimizer}, step, publish)


if __name__ == "__main__":
    main()
