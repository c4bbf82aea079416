"""Blocks of the flow network, over streams of tokens `[batch, tokens, channels]`."""

import math

import torch
from torch import nn
from torch.nn import functional as F

FREQUENCIES = 256  # of the embedded flow time, sines and cosines


class Convolution(nn.Conv1d):
    """A convolution over tokens, which keeps their number."""

    def __init__(self, inputs, outputs, kernel, bias=True):
        super().__init__(inputs, outputs, kernel, padding=kernel // 2, bias=bias)

    def forward(self, x):
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


def layer(inputs, outputs, kernel, bias=True):
    """A convolution over tokens; one of a single token is a linear layer."""
    if kernel == 1:
        return nn.Linear(inputs, outputs, bias)
    return Convolution(inputs, outputs, kernel, bias)


class GatedMLP(nn.Module):
    """`w2(silu(w1 x) · w3 x)`, inside 8/3 as wide, up to a multiple of 256."""

    def __init__(self, size, kernel=1):
        super().__init__()
        inner = 256 * math.ceil(4 * size * 2 // 3 / 256)
        self.w1 = layer(size, inner, kernel, bias=False)
        self.w2 = layer(inner, size, kernel, bias=False)
        self.w3 = layer(size, inner, kernel, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class TimestepEmbedding(nn.Module):
    """Flow times `[batch]` → `[batch, hidden]`."""

    def __init__(self, hidden):
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Linear(FREQUENCIES, hidden), nn.SiLU(), nn.Linear(hidden, hidden))

    def forward(self, t):
        angles = t[:, None] * frequencies(FREQUENCIES, t.device)
        return self.mlp(torch.cat([angles.cos(), angles.sin()], dim=1))


def frequencies(size, device):
    """`10000^(-2i / size)` radians, `[size / 2]`."""
    return 10_000 ** (-torch.arange(0, size, 2, device=device) / size)


def rotations(tokens, head, spacing, device):
    """Rotary positions of tokens `spacing` apart, complex `[tokens, head / 2]`."""
    angles = torch.arange(tokens, device=device)[:, None] * (frequencies(head, device) * spacing)
    return torch.polar(torch.ones_like(angles), angles)


def rotate(x, rotation):
    """Turns neighbouring channels of `[batch, heads, tokens, head]` as pairs."""
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * rotation).flatten(-2).type_as(x)


class Heads(nn.Module):
    """Normalised queries and keys, and values: `[batch, heads, tokens, head]` each."""

    def __init__(self, hidden, head):
        super().__init__()
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.q_norm, self.k_norm = nn.RMSNorm(head), nn.RMSNorm(head)

    def forward(self, x, rotation):
        split = self.qkv(x).unflatten(-1, (-1, self.q_norm.normalized_shape[0], 3))
        query, key, value = split.transpose(1, 2).unbind(-1)
        query, key = self.q_norm(query), self.k_norm(key)
        if rotation is not None:
            query, key = rotate(query, rotation), rotate(key, rotation)
        return query, key, value


def attend(parts):
    """Attention of all streams' tokens to each other, split up again by stream."""
    query, key, value = (torch.cat(tensors, dim=2) for tensors in zip(*parts))
    attended = F.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(2)
    return attended.split([part[0].shape[2] for part in parts], dim=1)


def modulated(x, shift, scale):
    return F.layer_norm(x, x.shape[-1:]) * (1 + scale) + shift


class StreamBlock(nn.Module):
    """One stream's part of a block; without `updates` it is only attended to."""

    def __init__(self, sizes, kernel, updates=True):
        super().__init__()
        hidden = sizes.hidden
        self.attn = Heads(hidden, sizes.head)
        self.adaLN_modulation = nn.Sequential(
            nn.SiLU(), nn.Linear(hidden, (6 if updates else 2) * hidden))
        if updates:
            self.linear1 = layer(hidden, hidden, kernel)
            self.ffn = GatedMLP(hidden, kernel)

    def prepare(self, x, condition, rotation=None):
        """Queries, keys and values, and the modulation that `finish` needs."""
        hidden = x.shape[-1]
        shift, scale, *rest = self.adaLN_modulation(condition).split(hidden, dim=-1)
        return self.attn(modulated(x, shift, scale), rotation), rest

    def finish(self, x, attended, modulation):
        if not modulation:
            return x
        gate, shift, scale, mlp_gate = modulation
        x = x + gate * self.linear1(attended)
        return x + mlp_gate * self.ffn(modulated(x, shift, scale))

    def forward(self, x, condition, rotation):
        """The stream by itself: a fused block."""
        part, modulation = self.prepare(x, condition, rotation)
        return self.finish(x, *attend([part]), modulation)


class JointBlock(nn.Module):
    """Three streams under one attention; the last such block updates the latent one only."""

    def __init__(self, sizes, last):
        super().__init__()
        self.latent_block = StreamBlock(sizes, kernel=3)
        self.clip_block = StreamBlock(sizes, kernel=3, updates=not last)
        self.text_block = StreamBlock(sizes, kernel=1, updates=not last)

    def forward(self, streams, conditions, rotations):
        blocks = [self.latent_block, self.clip_block, self.text_block]
        parts, modulations = zip(*(
            block.prepare(*inputs)
            for block, *inputs in zip(blocks, streams, conditions, rotations)))
        return [
            block.finish(*inputs)
            for block, *inputs in zip(blocks, streams, attend(parts), modulations)]


class FinalLayer(nn.Module):
    """Latent tokens → the flow, `[batch, latent tokens, latent channels]`."""

    def __init__(self, hidden, latent):
        super().__init__()
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(hidden, 2 * hidden))
        self.conv = Convolution(hidden, latent, 7)

    def forward(self, x, condition):
        return self.conv(modulated(x, *self.adaLN_modulation(condition).chunk(2, dim=-1)))
