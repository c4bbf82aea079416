"""The flow network of MMAudio's first version (arXiv 2412.15322), in the published layout.

Three streams of tokens, latent, CLIP and text, meet in joint attention; later blocks have latents
alone. Sync features modulate every latent token. Sequences are `[batch, tokens, channels]`.
"""

import dataclasses
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from flow_blocks import (
    Convolution, FinalLayer, GatedMLP, JointBlock, StreamBlock, TimestepEmbedding, rotations)

SEGMENT = 8  # sync tokens in a segment of Synchformer
TEXT_TOKENS = 77


@dataclasses.dataclass(frozen=True)
class Sizes:
    """What differs between flow networks; the MLPs' width follows from the hidden one."""

    hidden: int = 96
    head: int = 32
    joint: int = 2  # N₁
    fused: int = 3  # N₂
    latent: int = 20
    clip: int = 64
    sync: int = 128
    text: int = 64

    @staticmethod
    def of(state):
        """Read off a state dict."""
        def depth(blocks):
            return len({name.split(".")[1] for name in state if name.startswith(f"{blocks}.")})

        hidden, latent, _ = state["audio_input_proj.0.weight"].shape
        return Sizes(
            hidden=hidden, latent=latent, joint=depth("joint_blocks"), fused=depth("fused_blocks"),
            head=len(state["joint_blocks.0.latent_block.attn.q_norm.weight"]),
            clip=state["empty_clip_feat"].shape[1], sync=state["empty_sync_feat"].shape[1],
            text=state["empty_string_feat"].shape[1])


class Conditions(NamedTuple):
    """What is made of the features once, before the first step."""

    clip: Tensor  # [batch, clip tokens, hidden]
    sync: Tensor  # [batch, latent tokens, hidden]
    text: Tensor  # [batch, 77, hidden]
    clip_mean: Tensor  # [batch, hidden]
    text_mean: Tensor  # [batch, hidden]


class FlowNetwork(nn.Module):
    """The flow at noisy latents, given the features of video and text."""

    def __init__(self, sizes=Sizes()):
        super().__init__()
        self.sizes, hidden = sizes, sizes.hidden
        self.sync_pos_emb = nn.Parameter(torch.zeros(1, 1, SEGMENT, sizes.sync))
        self.latent_mean = nn.Parameter(torch.zeros(1, 1, sizes.latent), requires_grad=False)
        self.latent_std = nn.Parameter(torch.ones(1, 1, sizes.latent), requires_grad=False)
        self.empty_string_feat = nn.Parameter(
            torch.zeros(TEXT_TOKENS, sizes.text), requires_grad=False)
        self.empty_clip_feat = nn.Parameter(torch.zeros(1, sizes.clip))
        self.empty_sync_feat = nn.Parameter(torch.zeros(1, sizes.sync))
        self.audio_input_proj = nn.Sequential(
            Convolution(sizes.latent, hidden, 7), nn.SELU(), GatedMLP(hidden, 7))
        self.clip_input_proj = nn.Sequential(nn.Linear(sizes.clip, hidden), GatedMLP(hidden, 3))
        self.sync_input_proj = nn.Sequential(
            Convolution(sizes.sync, hidden, 7), nn.SELU(), GatedMLP(hidden, 3))
        self.text_input_proj = nn.Sequential(nn.Linear(sizes.text, hidden), GatedMLP(hidden))
        self.clip_cond_proj = nn.Linear(hidden, hidden)
        self.text_cond_proj = nn.Linear(hidden, hidden)
        self.global_cond_mlp = GatedMLP(hidden)
        self.t_embed = TimestepEmbedding(hidden)
        self.joint_blocks = nn.ModuleList(
            JointBlock(sizes, last=index == sizes.joint - 1) for index in range(sizes.joint))
        self.fused_blocks = nn.ModuleList(
            StreamBlock(sizes, kernel=3) for _ in range(sizes.fused))
        self.final_layer = FinalLayer(hidden, sizes.latent)
        self.initialize()

    def initialize(self):
        """Every block begins as the identity, the flow as zero; features come in at unit scale."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        # CLIP's features of a frame and of a word have unit length.
        for projection in (self.clip_input_proj, self.text_input_proj):
            nn.init.normal_(projection[0].weight)
        for module in self.modules():
            if isinstance(module, (StreamBlock, FinalLayer)):
                nn.init.zeros_(module.adaLN_modulation[1].weight)
        nn.init.zeros_(self.final_layer.conv.weight)
        nn.init.zeros_(self.final_layer.conv.bias)

    @staticmethod
    def load(path):
        """A network of a checkpoint's own sizes; what older ones carry needlessly is left out."""
        state = torch.load(path, map_location="cpu", weights_only=True)
        for computed in ("t_embed.freqs", "latent_rot", "clip_rot"):
            state.pop(computed, None)
        network = FlowNetwork(Sizes.of(state))
        network.load_state_dict(state)
        return network

    def normalize(self, latents):
        return (latents - self.latent_mean) / self.latent_std

    def unnormalize(self, latents):
        return latents * self.latent_std + self.latent_mean

    def conditions(self, clip, sync, text, latent_tokens):
        """Of CLIP, sync and text features; sync tokens are repeated for latent ones."""
        sync = sync.unflatten(1, (-1, SEGMENT)) + self.sync_pos_emb
        clip = self.clip_input_proj(clip)
        sync = self.sync_input_proj(sync.flatten(1, 2)).transpose(1, 2)
        text = self.text_input_proj(text)
        return Conditions(
            clip=clip, text=text,
            sync=F.interpolate(sync, latent_tokens, mode="nearest-exact").transpose(1, 2),
            clip_mean=self.clip_cond_proj(clip.mean(1)),
            text_mean=self.text_cond_proj(text.mean(1)))

    def flow(self, x, t, conditions):
        """At latents `x` and times `t`, `[batch]`: 0 is noise, 1 is data."""
        clip, sync, text, clip_mean, text_mean = conditions
        everywhere = self.t_embed(t) + self.global_cond_mlp(clip_mean + text_mean)
        everywhere = everywhere[:, None]  # [batch, 1, hidden]
        at_token = everywhere + sync
        head, spacing = self.sizes.head, x.shape[1] / clip.shape[1]
        rotation = rotations(x.shape[1], head, 1, x.device)
        clip_rotation = rotations(clip.shape[1], head, spacing, x.device)
        x = self.audio_input_proj(x)
        for block in self.joint_blocks:
            x, clip, text = block(
                (x, clip, text), (at_token, everywhere, everywhere),
                (rotation, clip_rotation, None))
        for block in self.fused_blocks:
            x = block(x, at_token, rotation)
        return self.final_layer(x, everywhere)

    def forward(self, x, t, clip, sync, text):
        return self.flow(x, t, self.conditions(clip, sync, text, x.shape[1]))

    def empty(self, batch, clip_tokens, sync_tokens):
        """Features that stand for no video and no text."""
        return (
            self.empty_clip_feat.expand(batch, clip_tokens, -1),
            self.empty_sync_feat.expand(batch, sync_tokens, -1),
            self.empty_string_feat.expand(batch, -1, -1))

    @torch.inference_mode()
    def sample(self, noise, clip, sync, text, steps=25, guidance=4.5):
        """Euler steps from noise `[batch, latent tokens, channels]` to unnormalised latents."""
        given = self.conditions(clip, sync, text, noise.shape[1])
        none = self.conditions(
            *self.empty(len(noise), clip.shape[1], sync.shape[1]), noise.shape[1])
        x = noise
        for step in range(steps):
            t = torch.full((len(x),), step / steps, device=x.device)
            flow = guidance * self.flow(x, t, given) + (1 - guidance) * self.flow(x, t, none)
            x = x + flow / steps
        return self.unnormalize(x)
