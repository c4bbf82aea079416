#!/usr/bin/env python3
"""Trains Synchformer's visual encoder: `OUT/synchformer_state_dict.pth`, as published.

    python3 train_sync.py --data DIR --out OUT [--steps N --seed S --device cpu]

Every token of a segment tells, through one linear layer, in which of the segment's 16 frames
something strikes and where within the frame, how loud what lasts is, how near the last and the next
event are to each frame, and the class. Nearness to the token's own two frames is what pictures show
most plainly: it is learned first, the rest of the segment and sharp strikes after it. The layer is
thrown away: what it read stays in the features, which are held near unit scale.
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import training
from augmentation import varied_pictures
from dataset import Dataset
from event_targets import FADES, Targets, onset_f1
from scenes import CLASSES
from synchformer import SEGMENT, STEP, TOKENS, Synchformer

BATCH = 16
HELD_CLIPS = 8
# Of AdamW, and of Muon, which learns the matrices in a third of the steps.
RATE, MATRIX_RATE = 1.5e-3, 2e-3
WEIGHT_DECAY = 0.02
# What is hard to learn weighs more.
WEIGHTS = {
    "strike": 4.0, "place": 1.0, "level": 4.0, "near": 20.0, "around": 20.0, "class": 0.5,
    "unit": 0.05}
# Of a token's head: strikes, places, levels; nearness to its frames and to all; classes.
OUTPUTS = [SEGMENT] * 3 + [
    2 * len(FADES) * frames for frames in (SEGMENT // TOKENS, SEGMENT)] + [len(CLASSES)]


class Guess(nn.Module):
    """What a feature says of its segment."""

    def __init__(self, width=128):
        super().__init__()
        self.linear = nn.Linear(width, sum(OUTPUTS))

    def forward(self, features):
        """`[n, 8, width]` → each of `OUTPUTS`, `[n, 8, …]`; strikes and classes are logits."""
        return self.linear(features).split(OUTPUTS, -1)


def losses(features, guess, targets):
    """Each part of the loss by name."""
    happens, place, level, lasts, near, labels = targets
    strike, where, loud, own, around, kind = guess

    def mean(error, mask):
        mask = mask[:, None].expand_as(error)
        return (error * mask).sum() / mask.sum().clamp(min=1)

    return {
        "strike": F.binary_cross_entropy_with_logits(strike, happens[:, None].expand_as(strike)),
        "place": mean((where - place[:, None]) ** 2, happens),
        "level": mean((loud - level[:, None]) ** 2, lasts),
        "near": F.mse_loss(own, near.reshape(own.shape)),
        "around": F.mse_loss(around, near.flatten(1)[:, None].expand_as(around)),
        "class": F.cross_entropy(kind.flatten(0, 1), labels.repeat_interleave(kind.shape[1])),
        "unit": ((features**2).mean(-1) - 1).square().mean()}


class Segments:
    """Segments of 16 frames of some clips of a dataset, with their targets."""

    def __init__(self, dataset, clips):
        self.frames, self.clips = dataset.sync, np.array(clips)
        self.targets = Targets(dataset.clips, self.frames.shape[1])

    def at(self, clips, starts, device):
        """Frames `[n, 16, height, width, 3]` bytes, and targets."""
        frames = np.stack([
            self.frames[clip, start:start + SEGMENT] for clip, start in zip(clips, starts)])
        targets = [part.to(device) for part in self.targets.segments(clips, starts)]
        return torch.from_numpy(frames).to(device), targets

    def batch(self, rng, count, device):
        """Segments that start anywhere."""
        starts = rng.integers(self.frames.shape[1] - SEGMENT + 1, size=count)
        return self.at(rng.choice(self.clips, count), starts, device)

    def whole(self, clip, device):
        """All segments of a clip that the flow network will see."""
        starts = range(0, self.frames.shape[1] - SEGMENT + 1, STEP)
        return self.at([clip] * len(starts), starts, device)


def optimizers_of(network, head):
    """Muon for the network's matrices, AdamW for its kernel, vectors and tokens and for the head."""
    trained = [value for value in network.parameters() if value.requires_grad]
    matrices = [value for value in trained if value.ndim == 2]
    others = [value for value in trained if value.ndim != 2] + list(head.parameters())
    return {
        "muon": torch.optim.Muon(
            matrices, lr=MATRIX_RATE, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"),
        "adamw": torch.optim.AdamW(
            others, lr=RATE, betas=(0.9, 0.98), weight_decay=WEIGHT_DECAY)}


@torch.no_grad()
def report(network, head, segments, device):
    """One line of how well clips that were not trained on are told."""
    chances, happens, parts = [], [], []
    for clip in segments.clips[:HELD_CLIPS]:
        frames, targets = segments.whole(clip, device)
        features = network(frames.float() / 255)
        guess = head(features)
        chances.append(torch.sigmoid(guess[0].mean(1)))
        happens.append(targets[0])
        parts.append(losses(features, guess, targets))
    means = {key: sum(part[key] for part in parts) / len(parts) for key in parts[0]}
    print(
        f"held out: F1 {onset_f1(torch.cat(chances), torch.cat(happens)):.3f}  "
        + "  ".join(f"{key} {value:.4f}" for key, value in means.items()), flush=True)


def main():
    arguments = training.parser(__doc__.split("\n\n")[0], steps=6000).parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    dataset, device = Dataset(arguments.data), arguments.device
    train, held = (Segments(dataset, clips) for clips in training.split(range(len(dataset))))
    network, head = Synchformer().to(device), Guess().to(device)
    optimizers = optimizers_of(network, head)

    def step(index, rng):
        frames, targets = train.batch(rng, BATCH, device)
        features = network(varied_pictures(frames, rng))
        parts = losses(features, head(features), targets)
        network.zero_grad()
        head.zero_grad()
        sum(WEIGHTS[key] * part for key, part in parts.items()).backward()
        torch.nn.utils.clip_grad_norm_([*network.parameters(), *head.parameters()], 1.0)
        for optimizer in optimizers.values():
            optimizer.step()
        return {key: part.detach() for key, part in parts.items()}

    def publish():
        training.save(network.published(), arguments.out / "synchformer_state_dict.pth")
        report(network, head, held, device)

    parts = {"network": network, "head": head} | optimizers
    training.run(arguments, "sync", parts, step, publish)


if __name__ == "__main__":
    main()
