"""A small classifier of the world's sounds, trained on real ones, that says what it hears."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mel import Mel
from scenes import CLASSES
from world import Clip

SEEDS = 600  # of the training's
HELD_OUT = 60
EPOCHS, BATCH, RATE = 12, 20, 3e-3


class Listener(nn.Module):
    """Log mel spectrograms `[n, 80, frames]` → a score for every class, `[n, 10]`."""

    def __init__(self, widths=(1, 12, 24, 48, 64)):
        super().__init__()
        layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            layers += [
                nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(outputs), nn.ReLU()]
        self.layers = nn.Sequential(*layers)
        self.output = nn.Linear(2 * widths[-1], len(CLASSES))

    def forward(self, mel):
        # How loud the whole is says nothing.
        mel = mel - mel.mean((1, 2), keepdim=True)
        x = self.layers(mel[:, None]).flatten(2)
        return self.output(torch.cat([x.mean(2), x.amax(2)], dim=1))


def varied(mel, generator):
    """As a vocoder, another room or another level might give it."""
    def uniform(low, high, *shape):
        return torch.rand(shape, generator=generator) * (high - low) + low

    count, bands, frames = mel.shape
    mel = mel.roll(int(uniform(0, frames, 1)), dims=2)
    slope = torch.linspace(-1, 1, bands)[None, :, None] * uniform(-0.3, 0.3, count, 1, 1)
    floor = uniform(-4.5, -2.5, count, 1, 1)
    blurred = F.avg_pool2d(mel[:, None], 3, stride=1, padding=1, count_include_pad=False)[:, 0]
    mel = torch.lerp(mel, blurred, uniform(0, 1, count, 1, 1))
    mel = mel + slope + uniform(-0.5, 0.3, count, 1, 1)
    mel = mel + 0.1 * torch.randn(mel.shape, generator=generator)
    return torch.logaddexp(mel * np.log(10), floor * np.log(10)) / np.log(10)


def real_sounds(seeds):
    """Log mel spectrograms `[n, 80, frames]` and labels of the world's clips."""
    mel, mels, labels = Mel(), [], []
    for seed in seeds:
        clip = Clip(seed)
        mels.append(mel(torch.from_numpy(clip.audio())[None])[0])
        labels.append(clip.label)
    return torch.stack(mels), torch.tensor(labels)


def train(seed=0):
    """A listener, and the share of sounds held out that it hears rightly."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    mels, labels = real_sounds(range(SEEDS))
    count = SEEDS - HELD_OUT
    listener = Listener()
    optimizer = torch.optim.Adam(listener.parameters(), RATE)
    steps = EPOCHS * count // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(steps):
        batch = torch.randint(count, (BATCH,), generator=generator)
        scores = listener(varied(mels[batch], generator))
        optimizer.zero_grad()
        F.cross_entropy(scores, labels[batch]).backward()
        optimizer.step()
        schedule.step()
    listener.eval()
    with torch.no_grad():
        heard = listener(mels[count:]).argmax(1)
    return listener, float((heard == labels[count:]).float().mean())


def cached(path):
    """The listener kept in a file, trained if it is not there."""
    listener = Listener().eval()
    if path.exists():
        listener.load_state_dict(torch.load(path, weights_only=True))
    else:
        listener, share = train()
        print(f"listener: hears {share:.3f} of {HELD_OUT} real sounds held out rightly", flush=True)
        torch.save(listener.state_dict(), path)
    return listener


@torch.no_grad()
def hear(listener, audio):
    """The label of one sound, `[samples]`."""
    mel = Mel()(torch.from_numpy(np.asarray(audio, np.float32))[None])
    return int(listener(mel).argmax())
