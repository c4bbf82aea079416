"""Synchformer's visual encoder under its published names and shapes (Iashin et al. 2024).

A segment of 16 frames is cut into patches of 2 frames; blocks attend over time, then over space; a
transformer layer pools the patches of each of the 8 time steps into a class token, the feature.
`Synchformer()` is the nano model, which is trained on frames at half their size.
"""

import torch
from torch import nn
from torch.nn import functional as F

from patches import enlarged, patch_rows, shrunk

HEAD = 64
SEGMENT, STEP, TOKENS = 16, 8, 8
EPSILON = 1e-6
# The network sees 224 × 224 pixels; it was trained on 112 × 112.
SHRINK = 2
ROOT = "vfeat_extractor."
KERNELS = [ROOT + "patch_embed.proj.weight", ROOT + "patch_embed_3d.proj.weight"]


def heads(x):
    """`[…, tokens, width]` → `[…, heads, tokens, 64]`."""
    return x.unflatten(-1, (-1, HEAD)).transpose(-2, -3)


class DividedAttention(nn.Module):
    """Attention within groups of patches, each with the class token, which itself sees all."""

    def __init__(self, width):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x, across):
        """`[n, 1 + times · places, width]` → the same.

        - across: whether a group is one place at all times, or one time at all places
        """
        q, k, v = (heads(part) for part in self.qkv(x).chunk(3, -1))  # [n, heads, tokens, 64]
        first = F.scaled_dot_product_attention(q[:, :, :1], k, v)

        def grouped(part):
            # [n, groups, heads, members, 64]
            parts = part[:, :, 1:].unflatten(2, (TOKENS, -1))
            return parts.permute(0, 3, 1, 2, 4) if across else parts.transpose(1, 2)

        def with_class(part):
            group = grouped(part)
            shared = part[:, None, :, :1].expand(-1, group.shape[1], -1, -1, -1)
            return torch.cat([shared, group], 3).flatten(0, 1)

        query = grouped(q)
        y = F.scaled_dot_product_attention(query.flatten(0, 1), with_class(k), with_class(v))
        y = y.reshape(query.shape)
        y = y.permute(0, 3, 1, 2, 4) if across else y.permute(0, 1, 3, 2, 4)
        y = y.reshape(len(x), x.shape[1] - 1, x.shape[2])
        return self.proj(torch.cat([first.transpose(1, 2).flatten(2), y], 1))


class MLP(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.fc1 = nn.Linear(width, inner)
        self.fc2 = nn.Linear(inner, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(width, EPSILON) for _ in range(3))
        self.attn, self.timeattn = DividedAttention(width), DividedAttention(width)
        self.mlp = MLP(width, inner)

    def forward(self, x):
        x = x + self.timeattn(self.norm3(x), across=True)
        x = x + self.attn(self.norm1(x), across=False)
        return x + self.mlp(self.norm2(x))


class SelfAttention(nn.Module):
    """Attention of which only the first token's result is wanted."""

    def __init__(self, width):
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, x):
        """`[n, tokens, width]` → `[n, width]`."""
        width = x.shape[-1]
        query, other = self.in_proj_weight.split([width, 2 * width])
        query_bias, other_bias = self.in_proj_bias.split([width, 2 * width])
        q = F.linear(x[:, :1], query, query_bias)
        k, v = F.linear(x, other, other_bias).chunk(2, -1)
        y = F.scaled_dot_product_attention(heads(q), heads(k), heads(v))
        return self.out_proj(y.flatten(1))


class Aggregation(nn.Module):
    """A class token that collects from patches."""

    def __init__(self, width, inner):
        super().__init__()
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.self_attn = SelfAttention(width)
        self.norm1, self.norm2 = (nn.LayerNorm(width, EPSILON) for _ in range(2))
        self.linear1 = nn.Linear(width, inner)
        self.linear2 = nn.Linear(inner, width)

    def forward(self, x):
        """`[n, places, width]` → `[n, width]`."""
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1)
        pooled = x[:, 0] + self.self_attn(self.norm1(x))
        return pooled + self.linear2(F.gelu(self.linear1(self.norm2(pooled))))


class Patches(nn.Module):
    """A patch embedding, the holder of its kernel."""

    def __init__(self, convolution):
        super().__init__()
        self.proj = convolution


def coarse_kernels(width, patch):
    """Kernels to begin with, `[width, 3, 2, patch, patch]`.

    They look at coarse shapes, nearly without regard to brightness, and every other one at what
    changes between its two frames: with white noise, training takes long to notice either.
    """
    coarse = torch.randn(width, 3, SEGMENT // TOKENS, 4, 4)
    coarse -= 0.9 * coarse.mean((-1, -2), keepdim=True)
    coarse[::2] = 2 * (coarse[::2] - coarse[::2].mean(2, keepdim=True))
    smooth = F.interpolate(coarse.flatten(1, 2), size=(patch, patch), mode="bilinear")
    return 0.8 / patch * smooth.unflatten(1, coarse.shape[1:3])


class FeatureExtractor(nn.Module):
    def __init__(self, patch, places, width, depth, inner):
        super().__init__()
        self.cls_token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.pos_embed = nn.Parameter(0.02 * torch.randn(1, 1 + places, width))
        self.temp_embed = nn.Parameter(0.02 * torch.randn(1, TOKENS, width))
        # The published file has an embedding of single frames that nothing uses.
        self.patch_embed = Patches(nn.Conv2d(3, width, patch, patch)).requires_grad_(False)
        self.patch_embed_3d = Patches(nn.Conv3d(3, width, (SEGMENT // TOKENS, patch, patch)))
        self.patch_embed_3d.proj.weight.data = coarse_kernels(width, patch)
        self.blocks = nn.ModuleList(Block(width, inner) for _ in range(depth))
        self.norm = nn.LayerNorm(width, EPSILON)
        self.spatial_attn_agg = Aggregation(width, inner)

    def forward(self, segments):
        kernel = self.patch_embed_3d.proj.weight  # [width, 3, 2, patch, patch]
        rows = patch_rows(2 * segments - 1, kernel.shape[-1], kernel.shape[2])
        patches = F.linear(rows, kernel.flatten(1), self.patch_embed_3d.proj.bias)
        patches = patches + self.pos_embed[:, None, 1:] + self.temp_embed[:, :, None]
        first = (self.cls_token + self.pos_embed[:, :1]).expand(len(segments), -1, -1)
        x = torch.cat([first, patches.flatten(1, 2)], 1)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x[:, 1:]).unflatten(1, (TOKENS, -1))
        return self.spatial_attn_agg(x.flatten(0, 1)).unflatten(0, (-1, TOKENS))


class Synchformer(nn.Module):
    """Segments → features."""

    def __init__(self, patch=16, places=49, width=128, depth=3, inner=512):
        super().__init__()
        self.vfeat_extractor = FeatureExtractor(patch, places, width, depth, inner)

    @staticmethod
    def loaded(state, shrink=1):
        """The network in a published state dict, for frames that are `shrink` times smaller."""
        state = state | {name: shrunk(state[name], shrink) for name in KERNELS}
        blocks = {name.split(".")[2] for name in state if name.startswith(ROOT + "blocks.")}
        width, _, _, _, patch = state[KERNELS[1]].shape
        result = Synchformer(
            patch, state[ROOT + "pos_embed"].shape[1] - 1, width, len(blocks),
            len(state[ROOT + "blocks.0.mlp.fc1.bias"]))
        result.load_state_dict({name: state[name] for name in state if name.startswith(ROOT)})
        return result

    def published(self, shrink=SHRINK):
        """The state dict for full frames, of a network trained on smaller ones."""
        state = {name: value.cpu() for name, value in self.state_dict().items()}
        return state | {name: enlarged(state[name], shrink) for name in KERNELS}

    def forward(self, segments):
        """`[n, 16, height, width, 3]` in 0…1 → `[n, 8, width]`."""
        return self.vfeat_extractor(segments)

    def features(self, frames):
        """One clip, `[frames, height, width, 3]` in 0…1 → `[8 · segments, width]`."""
        starts = range(0, len(frames) - SEGMENT + 1, STEP)
        return self(torch.stack([frames[start:start + SEGMENT] for start in starts])).flatten(0, 1)
