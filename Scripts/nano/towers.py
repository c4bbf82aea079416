"""CLIP's image and text towers under the names and shapes of open_clip (Radford et al. 2021).

DFN5B's conventions: quick-GELU, heads of 80 channels for images and 64 for text. `CLIP()` is the
nano model, whose image tower is trained on frames at a quarter of their size.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

from patches import enlarged, patch_rows, shrunk

IMAGE_HEAD, TEXT_HEAD = 80, 64
CONTEXT, VOCABULARY = 77, 49408
# The network sees 384 × 384 pixels; it was trained on 96 × 96.
SHRINK = 4
KERNEL = "visual.conv1.weight"


class Attention(nn.Module):
    """Self-attention with one projection for queries, keys and values."""

    def __init__(self, width, head):
        super().__init__()
        self.heads = width // head
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.normal_(self.in_proj_weight, std=width**-0.5)

    def forward(self, x, causal):
        """`[n, tokens, width]` → the same."""
        n, tokens, width = x.shape
        qkv = F.linear(x, self.in_proj_weight, self.in_proj_bias)
        q, k, v = qkv.reshape(n, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return self.out_proj(y.transpose(1, 2).reshape(n, tokens, width))


class MLP(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.c_fc = nn.Linear(width, inner)
        self.c_proj = nn.Linear(inner, width)

    def forward(self, x):
        y = self.c_fc(x)
        return self.c_proj(y * torch.sigmoid(1.702 * y))


class Block(nn.Module):
    def __init__(self, width, head, inner):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, head)
        self.mlp = MLP(width, inner)

    def forward(self, x, causal):
        x = x + self.attn(self.ln_1(x), causal)
        return x + self.mlp(self.ln_2(x))


class Transformer(nn.Module):
    def __init__(self, width, head, depth, inner):
        super().__init__()
        self.resblocks = nn.ModuleList(Block(width, head, inner) for _ in range(depth))

    def forward(self, x, causal=False):
        for block in self.resblocks:
            x = block(x, causal)
        return x


class ImageTower(nn.Module):
    """Frames → points of the common space."""

    def __init__(self, patch, places, width, depth, inner, features):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, patch, patch, bias=False)
        self.class_embedding = nn.Parameter(0.02 * torch.randn(width))
        self.positional_embedding = nn.Parameter(0.02 * torch.randn(1 + places, width))
        self.ln_pre, self.ln_post = nn.LayerNorm(width), nn.LayerNorm(width)
        self.transformer = Transformer(width, IMAGE_HEAD, depth, inner)
        self.proj = nn.Parameter(width**-0.5 * torch.randn(width, features))
        for name, values in [
                ("mean", [0.48145466, 0.4578275, 0.40821073]),
                ("deviation", [0.26862954, 0.26130258, 0.27577711])]:
            self.register_buffer(name, torch.tensor(values), persistent=False)

    def forward(self, frames):
        """`[n, height, width, 3]` in 0…1 → `[n, features]`."""
        frames = (frames - self.mean) / self.deviation
        rows = patch_rows(frames[:, None], self.conv1.weight.shape[-1])[:, 0]
        patches = F.linear(rows, self.conv1.weight.flatten(1))
        first = self.class_embedding.expand(len(frames), 1, -1)
        x = torch.cat([first, patches], 1) + self.positional_embedding
        return self.ln_post(self.transformer(self.ln_pre(x))[:, 0]) @ self.proj


class CLIP(nn.Module):
    """Both towers, and how sharply their points are compared."""

    def __init__(
            self, patch=8, places=144, width=160, depth=3, inner=320, text_width=64, text_depth=2,
            text_inner=256, features=64):
        super().__init__()
        self.visual = ImageTower(patch, places, width, depth, inner, features)
        self.token_embedding = nn.Embedding(VOCABULARY, text_width)
        self.positional_embedding = nn.Parameter(0.01 * torch.randn(CONTEXT, text_width))
        self.transformer = Transformer(text_width, TEXT_HEAD, text_depth, text_inner)
        self.ln_final = nn.LayerNorm(text_width)
        self.text_projection = nn.Parameter(text_width**-0.5 * torch.randn(text_width, features))
        self.logit_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))
        nn.init.normal_(self.token_embedding.weight, std=0.02)

    @staticmethod
    def loaded(state, shrink=1):
        """The network in a published state dict, for frames that are `shrink` times smaller."""
        state = state | {KERNEL: shrunk(state[KERNEL], shrink)}
        width, _, _, patch = state[KERNEL].shape
        result = CLIP(
            patch, len(state["visual.positional_embedding"]) - 1, width,
            depth(state, "visual.transformer.resblocks."),
            len(state["visual.transformer.resblocks.0.mlp.c_fc.bias"]),
            state["token_embedding.weight"].shape[1], depth(state, "transformer.resblocks."),
            len(state["transformer.resblocks.0.mlp.c_fc.bias"]), state["visual.proj"].shape[1])
        result.load_state_dict(state)
        return result

    def published(self, shrink=SHRINK):
        """The state dict for full frames, of a network trained on smaller ones."""
        state = {name: value.cpu() for name, value in self.state_dict().items()}
        return state | {KERNEL: enlarged(state[KERNEL], shrink)}

    def encode_image(self, frames):
        """`[n, height, width, 3]` in 0…1 → unit vectors `[n, features]`."""
        return F.normalize(self.visual(frames), dim=-1)

    def text_states(self, tokens):
        """Ids `[n, t]` → the last hidden states `[n, t, text width]`."""
        x = self.token_embedding(tokens) + self.positional_embedding[:tokens.shape[1]]
        return self.ln_final(self.transformer(x, causal=True))

    def encode_text(self, tokens):
        """Ids `[n, t]` → unit vectors `[n, features]`, of the states at the ends of the texts."""
        ends = tokens.argmax(1)  # the end token has the highest id
        states = self.text_states(tokens)[torch.arange(len(tokens)), ends]
        return F.normalize(states @ self.text_projection, dim=-1)

    def text_features(self, tokens):
        """Ids `[n, 77]` → what the flow network is given, `[n, 77, text width]`, unit vectors."""
        return F.normalize(self.text_states(tokens), dim=-1)


def depth(state, prefix):
    """How many blocks a state dict has under a prefix."""
    return len({name[len(prefix):].split(".")[0] for name in state if name.startswith(prefix)})
