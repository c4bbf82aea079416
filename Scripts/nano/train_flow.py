#!/usr/bin/env python3
"""Trains the flow network: `OUT/mmaudio_nano_16k.pth`, in the published layout.

    python3 train_flow.py --data DIR --out OUT [--steps N --seed S --device cpu]

DIR has what encode_latents.py and encode_features.py write for n clips of 8 s: `latents.npy` and
`latent_deviations.npy` [n, 250, 20], `clip_features.npy` [n, 64, width], `sync_features.npy`
[n, 192, width], and `text_features.npz` with [77, width] under every caption of the world and under the
empty string. Means of the weights over the last steps are what is saved.
"""

import json

import numpy as np
import torch
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

import training
from flow import SEGMENT, FlowNetwork, Sizes
from scenes import CLASSES

BATCH = 16
RATE = 1e-3
AVERAGED = 0.998  # of the mean weights is kept at every step

# Shares of what is left out, so that guidance has something to lead away from.
TEXT_ONLY, VIDEO_ONLY, DROPPED = 0.2, 0.3, 0.1

# Latent tokens of a whole clip and of the shortest stretch, and the share of steps with stretches.
WHOLE, SHORTEST, SHORTER = 250, 60, 0.4
# A second has 31.25 latent tokens, 8 CLIP frames and 25 frames for Synchformer, whose segments of 16
# begin every 8 frames: every 10 latent tokens.
FRAMES, CLIP_FRAMES, STEP = 0.8, 0.256, 10  # frames of both kinds a latent token; tokens a step


class Examples:
    """Encoded clips in memory."""

    def __init__(self, folder, device):
        def load(name):
            return torch.from_numpy(np.load(folder / f"{name}.npy")).to(device)

        self.latents, self.deviations = load("latents"), load("latent_deviations")
        self.clip, self.sync = load("clip_features"), load("sync_features")
        names = [clip["name"] for clip in json.loads((folder / "clips.json").read_text())]
        with np.load(folder / "text_features.npz") as texts:
            self.no_text = torch.from_numpy(texts[""]).float().to(device)
            self.texts = {
                name: torch.from_numpy(np.stack([texts[caption] for caption in scene.captions]))
                .to(device) for name, scene in CLASSES.items()}
        self.names = names

    def sizes(self):
        """Of a network that takes these features."""
        return Sizes(
            latent=self.latents.shape[2], clip=self.clip.shape[2], sync=self.sync.shape[2],
            text=self.no_text.shape[1])

    def statistics(self, indices):
        """Mean and deviation of the latents that are drawn, `[1, 1, channels]` each."""
        latents, deviations = self.latents[indices].float(), self.deviations[indices].float()
        spread = latents.var((0, 1), keepdim=True) + (deviations**2).mean((0, 1), keepdim=True)
        return latents.mean((0, 1), keepdim=True), spread.sqrt()

    def draw(self, indices, rng, tokens=WHOLE):
        """Latents and CLIP, sync and text features of a stretch of clips, of some latent tokens.

        A stretch begins where a segment does, so that its features are those of a shorter video.
        The caption is any of the class.
        """
        starts = rng.integers((WHOLE - tokens) // STEP + 1, size=len(indices))
        segments = (int(tokens * FRAMES) - 16) // 8 + 1
        texts = [self.texts[self.names[index]] for index in indices]

        def stretch(values, step, count):
            return torch.stack([
                values[index, round(start * step):][:count]
                for index, start in zip(indices, starts)]).float()

        latents = stretch(self.latents, STEP, tokens)
        deviations = stretch(self.deviations, STEP, tokens)
        return (
            latents + deviations * torch.randn_like(latents),
            stretch(self.clip, STEP * CLIP_FRAMES, int(tokens * CLIP_FRAMES)),
            stretch(self.sync, SEGMENT, segments * SEGMENT),
            torch.stack([text[rng.integers(len(text))] for text in texts]).float())


def leave_out(network, features, clip, sync, text):
    """Replaces the features of the items that masks `[batch]` name with the empty ones."""
    empty = network.empty(len(clip), features[0].shape[1], features[1].shape[1])
    return [
        torch.where(torch.as_tensor(mask, device=given.device)[:, None, None], none, given)
        for mask, none, given in zip((clip, sync, text), empty, features)]


def left_out(rng, batch):
    """Masks of the items that lose their CLIP, sync and text features.

    Beside dropping text, and video, each at times, some items are of text alone, some of video
    alone, and some of video for its timing alone.
    """
    only = rng.random(batch)
    drop = rng.random((3, batch)) < DROPPED
    video = drop[0] | (only < TEXT_ONLY)
    return video | drop[1], video, drop[2] | (only >= 1 - VIDEO_ONLY)


def matching_loss(network, latents, features, t):
    """The mean square error of the flow on the straight way from noise to latents."""
    noise = torch.randn_like(latents)
    along = t[:, None, None]
    x = (1 - along) * noise + along * latents
    return F.mse_loss(network(x, t, *features), latents - noise)


def mean_of_weights(kept, new, updates):
    """Decays slower and slower, so that the first steps are forgotten."""
    decay = min(AVERAGED, (1 + float(updates)) / (10 + float(updates)))
    return kept + (1 - decay) * (new - kept)


@torch.no_grad()
def held_out_losses(network, examples, held):
    """With all features, of video alone and of text alone; noise and times are always the same."""
    losses = []
    for without_video, without_text in ((False, False), (False, True), (True, False)):
        torch.manual_seed(0)
        latents, *features = examples.draw(held, np.random.default_rng(0))
        count = len(held)
        video, text = np.full(count, without_video), np.full(count, without_text)
        t = torch.linspace(0.02, 0.98, count, device=latents.device)
        features = leave_out(network, features, video, video, text)
        losses.append(float(matching_loss(network, network.normalize(latents), features, t)))
    return losses


def main():
    arguments = training.parser(__doc__.split("\n\n")[0], steps=8000).parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    examples = Examples(arguments.data, arguments.device)
    train, held = training.split(np.arange(len(examples.names)))
    network = FlowNetwork(examples.sizes())
    network.latent_mean.data, network.latent_std.data = examples.statistics(train)
    network.empty_string_feat.data = examples.no_text
    network = network.to(arguments.device)
    averaged = AveragedModel(network, avg_fn=mean_of_weights)
    learned = [value for value in network.parameters() if value.requires_grad]
    print(f"{sum(value.numel() for value in network.parameters()):,} parameters", flush=True)
    optimizer = torch.optim.AdamW(learned, lr=RATE, betas=(0.9, 0.95), weight_decay=1e-6)

    def step(index, rng):
        tokens = int(rng.integers(SHORTEST, WHOLE)) if rng.random() < SHORTER else WHOLE
        latents, *features = examples.draw(rng.choice(train, BATCH), rng, tokens)
        features = leave_out(network, features, *left_out(rng, BATCH))
        t = torch.sigmoid(torch.randn(BATCH, device=latents.device))
        loss = matching_loss(network, network.normalize(latents), features, t)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        averaged.update_parameters(network)
        return {"loss": loss.detach(), "gradient": norm}

    def publish():
        training.save(averaged.module.state_dict(), arguments.out / "mmaudio_nano_16k.pth")
        losses = held_out_losses(averaged.module, examples, held)
        print("held out: loss {:.4f}, of video alone {:.4f}, of text alone {:.4f}".format(*losses),
              flush=True)

    parts = {"network": network, "averaged": averaged, "optimizer": optimizer}
    training.run(arguments, "flow", parts, step, publish)


if __name__ == "__main__":
    main()
