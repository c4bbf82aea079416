"""The mel VAE in the published layout: one-dimensional convolutions that preserve magnitudes.

Layers follow EDM2 (Karras and others 2024): kernels have unit norm whatever is stored, the
nonlinearity and the sum of branches keep the variance, and pixels are normalised instead of groups.
Only the width differs from `v1-16.pth`.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from mel import BANDS

LATENT = 20
MULTIPLIERS = (1, 2, 4)
CLIP = 256.0


def unit(x, dims):
    """x with a root mean square of one over some dimensions."""
    return x / (x.square().mean(dims, keepdim=True).sqrt() + 1e-4)


def mp_silu(x):
    return F.silu(x) / 0.596


def mp_sum(x, branch, share=0.3):
    return torch.lerp(x, branch, share) / math.hypot(1 - share, share)


class MPConv(nn.Module):
    """A convolution whose kernels have unit norm; `[n, inputs, time]` → `[n, outputs, time]`."""

    def __init__(self, inputs, outputs, size=3):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size))

    def forward(self, x, gain=1.0):
        kernel = unit(self.weight, (1, 2)) * (gain / math.sqrt(self.weight[0].numel()))
        return F.conv1d(x, kernel, padding=kernel.shape[2] // 2)

    @torch.no_grad()
    def renew(self):
        """Brings the stored weight back to unit magnitude, so that updates keep their effect."""
        self.weight.copy_(unit(self.weight, (1, 2)))


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv1 = MPConv(inputs, outputs)
        self.conv2 = MPConv(outputs, outputs)
        self.nin_shortcut = MPConv(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x):
        x = unit(x, 1)
        branch = self.conv2(mp_silu(self.conv1(mp_silu(x))))
        return mp_sum(self.nin_shortcut(x), branch)


class Attention(nn.Module):
    """One head over all of time, with normalised queries, keys and values."""

    def __init__(self, channels):
        super().__init__()
        self.qkv = MPConv(channels, 3 * channels, 1)
        self.proj_out = MPConv(channels, channels, 1)

    def forward(self, x):
        # Of the 3c channels, those of q, k and v alternate.
        q, k, v = unit(self.qkv(x).transpose(1, 2).unflatten(2, (-1, 3)), 2).unbind(3)
        attended = F.scaled_dot_product_attention(q, k, v)  # [n, time, channels]
        return mp_sum(x, self.proj_out(attended.transpose(1, 2)))


class Middle(nn.Module):
    """Residual, attention, residual."""

    def __init__(self, channels):
        super().__init__()
        self.block_1 = Residual(channels, channels)
        self.attn_1 = Attention(channels)
        self.block_2 = Residual(channels, channels)

    def forward(self, x):
        return self.block_2(self.attn_1(self.block_1(x))).clamp(-CLIP, CLIP)


class Level(nn.Module):
    """Residual blocks of one width."""

    def __init__(self, inputs, outputs, blocks):
        super().__init__()
        self.block = nn.ModuleList(
            Residual(outputs if index else inputs, outputs) for index in range(blocks))

    def forward(self, x):
        for block in self.block:
            x = block(x).clamp(-CLIP, CLIP)
        return x


class Halving(nn.Module):
    """Means of pairs of time steps, between two mixes of channels."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = MPConv(channels, channels, 1)
        self.conv2 = MPConv(channels, channels, 1)

    def forward(self, x):
        return self.conv2(F.avg_pool1d(self.conv1(x), 2))


class Doubling(nn.Module):
    """Every time step twice, then a convolution."""

    def __init__(self, channels):
        super().__init__()
        self.conv = MPConv(channels, channels)

    def forward(self, x):
        return self.conv(x.repeat_interleave(2, dim=2))


class Encoder(nn.Module):
    """`[n, 80, 2t]` normalised mel → `[n, 40, t]` means and log variances."""

    def __init__(self, width):
        super().__init__()
        widths = [width * multiplier for multiplier in MULTIPLIERS]
        self.conv_in = MPConv(BANDS, width)
        self.down = nn.ModuleList(
            Level(inputs, outputs, 2) for inputs, outputs in zip([width] + widths, widths))
        self.down[0].downsample = Halving(widths[0])
        self.mid = Middle(widths[-1])
        self.conv_out = MPConv(widths[-1], 2 * LATENT)
        self.learnable_gain = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        x = self.conv_in(x)
        for index, level in enumerate(self.down):
            x = level(x)
            if index == 0:
                x = level.downsample(x)
        return self.conv_out(mp_silu(self.mid(x)), 1 + self.learnable_gain)


class Decoder(nn.Module):
    """`[n, 20, t]` latents → `[n, 80, 2t]` normalised mel."""

    def __init__(self, width):
        super().__init__()
        widths = [width * multiplier for multiplier in MULTIPLIERS]
        self.conv_in = MPConv(LATENT, widths[-1])
        self.mid = Middle(widths[-1])
        self.up = nn.ModuleList(
            Level(inputs, outputs, 3) for inputs, outputs in zip(widths[1:] + widths[-1:], widths))
        self.up[1].upsample = Doubling(widths[1])
        self.conv_out = MPConv(width, BANDS)
        self.learnable_gain = nn.Parameter(torch.zeros(()))

    def forward(self, z):
        x = self.mid(self.conv_in(z))
        for index, level in reversed(list(enumerate(self.up))):
            x = level(x)
            if index == 1:
                x = level.upsample(x)
        return self.conv_out(mp_silu(x), 1 + self.learnable_gain)


class VAE(nn.Module):
    """Log mel spectrograms `[n, 80, 2t]` ↔ latents `[n, 20, t]`."""

    def __init__(self, width=32):
        super().__init__()
        self.register_buffer("data_mean", torch.zeros(1, BANDS, 1))
        self.register_buffer("data_std", torch.ones(1, BANDS, 1))
        self.encoder = Encoder(width)
        self.decoder = Decoder(width)

    @classmethod
    def load(cls, path):
        """A network from a file in the published layout, ready to run."""
        state = torch.load(path, map_location="cpu", weights_only=True)
        vae = cls(state["encoder.conv_in.weight"].shape[0])
        vae.load_state_dict(state)
        return vae.eval().requires_grad_(False)

    def normalize(self, mel):
        return (mel - self.data_mean) / self.data_std

    def encode(self, mel):
        """Means and standard deviations of the latents."""
        mean, log_variance = self.encoder(self.normalize(mel)).chunk(2, dim=1)
        return mean, torch.exp(0.5 * log_variance.clamp(-30, 20))

    def decode(self, z):
        return self.decoder(z) * self.data_std + self.data_mean

    def renew(self):
        for module in self.modules():
            if isinstance(module, MPConv):
                module.renew()
