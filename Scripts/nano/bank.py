"""How the vocoder's training begins: as a bank of sinusoids, each as loud as its band.

The first stage, at two steps a frame, raises a linear function of a band's level to its eighth power,
which is close to `10^level` over three decades, by three rounds of `x → sin²(αx) / β`; the last
upsampling lets a windowed sinusoid of that amplitude sound. Frequencies are whole numbers of periods a
step, since the snake's filters would take away what changes from one step to the next. Training from
random weights brings out noise soon and tones, which are loud in few bands, hardly.
"""

import math

import torch

from mel import RATE, Mel

DECADES = 5  # from a level that gives nothing to one that gives amplitude 1
ALPHA = 0.7
LEVEL = 0.25  # that the sinusoids of a tone have together, as powers of levels are above the exponential


def levels(frequencies):
    """For sinusoids of amplitude 1, `[n]` in hertz: the loudest bands and their levels, `[n]` each."""
    times = torch.arange(RATE // 2) / RATE
    mel = Mel()(torch.cos(2 * math.pi * frequencies[:, None] * times))
    level, band = mel[:, :, 8:-8].mean(2).max(1)
    return band, level.clamp(min=0)  # beyond the highest band, it would fall far


def diagonal(channels, taps):
    """Kernels `[channels, channels, taps]` that leave channels apart."""
    return torch.eye(channels)[:, :, None] * torch.tensor(taps, dtype=torch.float32)


@torch.no_grad()
def begin(vocoder):
    """Sets a new vocoder's weights; two of its channels share a frequency, a quarter apart."""
    first, last = vocoder.ups[0][0], vocoder.ups[-1][0]
    channels, _, size = last.weight_v.shape
    step = size // 2
    pair = torch.arange(channels) // 2 + 1  # periods a step
    bands, unit = levels(RATE / step * pair)

    kernel = torch.zeros_like(vocoder.conv_pre.weight_v)
    kernel[torch.arange(channels), bands, kernel.shape[2] // 2] = 1 / DECADES
    vocoder.conv_pre.set(kernel)
    vocoder.conv_pre.bias.copy_(1 - unit / DECADES)
    first.set(diagonal(channels, [0.25, 0.75, 0.75, 0.25]))  # in between frames

    block = vocoder.resblocks[0]
    for convolution in block.convs1:
        convolution.set(diagonal(channels, [0, -1, 0]))
    for convolution in block.convs2:
        convolution.set(diagonal(channels, [0, 1, 0]))
    for number, activation in enumerate([*block.activations, vocoder.activation_post]):
        if number % 2 == 0:  # nearly straight
            activation.act.beta.fill_(3)
        else:
            activation.act.alpha.fill_(math.log(ALPHA))
            activation.act.beta.fill_(2 * math.log(math.sin(ALPHA)))

    time = torch.arange(size) + 0.5
    window = torch.sin(math.pi * time / size) ** 2  # adds up to 1 with one a step apart
    phase = math.pi * torch.rand(channels // 2).repeat_interleave(2)
    phase = phase + math.pi / 2 * (torch.arange(channels) % 2)
    waves = torch.cos(2 * math.pi * pair[:, None] * time / step + phase[:, None])
    kernel = 0.01 * last.weight_v.detach()
    kernel[:, 0] = LEVEL * window * waves
    last.set(kernel)
    for convolution in vocoder.resblocks[-1].convs2:
        convolution.set(0.1 * convolution.weight_v)
    kernel = 0.01 * vocoder.conv_post.weight_v.detach()
    kernel[0, 0, 3] = 1
    vocoder.conv_post.set(kernel)
