"""BigVGAN (Lee and others 2023) in the layout of the published 16 kHz vocoder, `best_netG.pt`.

Each stage raises the rate by a transposed convolution and averages residual blocks of kernel sizes 3,
7 and 11; between convolutions, the snake activation runs at twice the rate, so that what it makes
beyond half of the rate is filtered out. Only rates and widths differ.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from mel import BANDS, HOP

DILATIONS = (1, 3, 5)
TAPS = 12
RATES = (2, 128)
WIDTHS = (128, 128, 8)
KERNELS = (3,)


def low_pass():
    """Kaiser-windowed sinc that halves the band: cutoff 0.25, half width 0.3 of the rate; sum 1."""
    half = TAPS // 2
    attenuation = 2.285 * (half - 1) * math.pi * 4 * 0.3 + 7.95
    window = torch.kaiser_window(
        TAPS, periodic=False, beta=0.1102 * (attenuation - 8.7), dtype=torch.float64)
    taps = window * torch.sinc(0.5 * (torch.arange(TAPS, dtype=torch.float64) - half + 0.5))
    return (taps / taps.sum()).float().reshape(1, 1, TAPS)


def edged(x, left, right):
    return F.pad(x, (left, right), mode="replicate")


class Upsample(nn.Module):
    """`[n, channels, time]` → `[n, channels, 2 time]`."""

    def __init__(self):
        super().__init__()
        self.register_buffer("filter", low_pass())

    def forward(self, x):
        # A margin of five steps, whose echoes beyond the edges are cut off again.
        kernels = 2 * self.filter.expand(x.shape[1], 1, TAPS)
        y = F.conv_transpose1d(edged(x, 5, 5), kernels, stride=2, groups=x.shape[1])
        return y[..., 15:-15]


class LowPass(nn.Module):
    """`[n, channels, 2 time]` → `[n, channels, time]`."""

    def __init__(self):
        super().__init__()
        self.register_buffer("filter", low_pass())

    def forward(self, x):
        rows = edged(x, 5, 6).flatten(0, 1).unsqueeze(1)
        return F.conv1d(rows, self.filter, stride=2).reshape(*x.shape[:2], -1)


class Downsample(nn.Module):
    def __init__(self):
        super().__init__()
        self.lowpass = LowPass()

    def forward(self, x):
        return self.lowpass(x)


class SnakeBeta(nn.Module):
    """`x + sin²(αx) / β`, α and β stored as logarithms."""

    def __init__(self, channels):
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(channels))
        self.beta = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        alpha, beta = (torch.exp(log)[:, None] for log in (self.alpha, self.beta))
        sine = torch.sin(x * alpha)
        return torch.addcmul(x, sine * sine, 1 / (beta + 1e-9))


class AliasFree(nn.Module):
    """The snake at twice the rate."""

    def __init__(self, channels):
        super().__init__()
        self.act = SnakeBeta(channels)
        self.upsample = Upsample()
        self.downsample = Downsample()

    def forward(self, x):
        return self.downsample(self.act(self.upsample(x)))


class WeightNorm(nn.Module):
    """A kernel as magnitudes, one for each index of its first axis, and directions; and a bias."""

    def __init__(self, shape, outputs, scale):
        super().__init__()
        self.weight_v = nn.Parameter(scale * torch.randn(shape))
        self.weight_g = nn.Parameter(self.weight_v.detach().norm(dim=(1, 2), keepdim=True))
        self.bias = nn.Parameter(torch.zeros(outputs))

    @torch.no_grad()
    def set(self, kernel):
        self.weight_v.copy_(kernel)
        self.weight_g.copy_(kernel.norm(dim=(1, 2), keepdim=True))

    def kernel(self):
        return self.weight_g * self.weight_v / self.weight_v.norm(dim=(1, 2), keepdim=True)


class Convolution(WeightNorm):
    def __init__(self, inputs, outputs, size, dilation=1, gain=1.0):
        super().__init__((outputs, inputs, size), outputs, gain / math.sqrt(inputs * size))
        self.dilation = dilation
        self.padding = dilation * (size - 1) // 2

    def forward(self, x):
        return F.conv1d(x, self.kernel(), self.bias, padding=self.padding, dilation=self.dilation)


class TransposedConvolution(WeightNorm):
    """Raises the rate by half of its kernel's size."""

    def __init__(self, inputs, outputs, rate):
        super().__init__((inputs, outputs, 2 * rate), outputs, 1 / math.sqrt(2 * inputs))
        self.rate = rate

    def forward(self, x):
        return F.conv_transpose1d(
            x, self.kernel(), self.bias, stride=self.rate, padding=self.rate // 2)


class ResidualBlock(nn.Module):
    """Three rounds of snake, dilated convolution, snake, convolution."""

    def __init__(self, channels, size):
        super().__init__()
        self.convs1 = nn.ModuleList(
            Convolution(channels, channels, size, dilation) for dilation in DILATIONS)
        # Blocks begin near the identity.
        self.convs2 = nn.ModuleList(
            Convolution(channels, channels, size, gain=0.2) for _ in DILATIONS)
        self.activations = nn.ModuleList(AliasFree(channels) for _ in range(2 * len(DILATIONS)))

    def forward(self, x):
        first, second = self.activations[0::2], self.activations[1::2]
        for snake1, dilated, snake2, plain in zip(first, self.convs1, second, self.convs2):
            x = x + plain(snake2(dilated(snake1(x))))
        return x


class Vocoder(nn.Module):
    """Log mel spectrograms `[n, 80, frames]` → waveforms `[n, 256 frames]` within [-1, 1]."""

    def __init__(self, rates=RATES, widths=WIDTHS, kernels=KERNELS):
        super().__init__()
        assert math.prod(rates) == HOP and len(widths) == len(rates) + 1
        self.blocks_per_stage = len(kernels)
        self.conv_pre = Convolution(BANDS, widths[0], 7)
        self.ups = nn.ModuleList(
            nn.ModuleList([TransposedConvolution(*sizes)])
            for sizes in zip(widths, widths[1:], rates))
        self.resblocks = nn.ModuleList(
            ResidualBlock(width, size) for width in widths[1:] for size in kernels)
        self.activation_post = AliasFree(widths[-1])
        self.conv_post = Convolution(widths[-1], 1, 7)

    @classmethod
    def load(cls, path):
        """A network from a file in the published layout, ready to run."""
        state = torch.load(path, map_location="cpu", weights_only=True)["generator"]

        def shapes(start, end):
            return [value.shape for name, value in state.items()
                    if name.startswith(start) and name.endswith(end)]

        ups, blocks = shapes("ups.", "weight_v"), shapes("resblocks.", "convs1.0.weight_v")
        vocoder = cls(
            rates=[size // 2 for _, _, size in ups],
            widths=[inputs for inputs, _, _ in ups] + [ups[-1][1]],
            kernels=[size for _, _, size in blocks[:len(blocks) // len(ups)]])
        vocoder.load_state_dict(state)
        return vocoder.eval().requires_grad_(False)

    def forward(self, mel):
        x = self.conv_pre(mel)
        for index, (up,) in enumerate(self.ups):
            x = up(x)
            first = index * self.blocks_per_stage
            blocks = self.resblocks[first:first + self.blocks_per_stage]
            x = sum(block(x) for block in blocks) / len(blocks)
        return torch.tanh(self.conv_post(self.activation_post(x))).squeeze(1)
