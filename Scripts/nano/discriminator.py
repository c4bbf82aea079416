"""Tells real sound from made sound by log spectrograms of three resolutions; only trains the vocoder."""

import torch
from torch import nn
from torch.nn import functional as F

WINDOWS = (1024, 512, 256)
CHANNELS = 16


class SpectrogramDiscriminator(nn.Module):
    """Waveforms `[n, samples]` → verdicts over frequency and time, and the features on the way."""

    def __init__(self, window):
        super().__init__()
        self.window = window
        self.register_buffer("hann", torch.hann_window(window), persistent=False)
        sizes = [1] + 4 * [CHANNELS]
        strides = [(2, 1), (2, 1), (2, 2), (2, 2)]
        self.layers = nn.ModuleList(
            nn.Conv2d(inputs, outputs, (5, 3), stride, (2, 1))
            for inputs, outputs, stride in zip(sizes, sizes[1:], strides))
        self.verdict = nn.Conv2d(CHANNELS, 1, 3, padding=1)

    def forward(self, audio):
        spectrum = torch.stft(
            audio, self.window, self.window // 4, window=self.hann, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        x = torch.log10(torch.sqrt(power + 1e-9) * (4 / self.window) + 1e-4).unsqueeze(1) + 2.5
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.1)
            features.append(x)
        return self.verdict(x), features


class Discriminator(nn.Module):
    """One for each resolution; least-squares losses."""

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList(SpectrogramDiscriminator(window) for window in WINDOWS)

    def own_loss(self, made, real):
        """Small if real sound gets 1 and made sound 0."""
        return sum(
            (part(real)[0] - 1).square().mean() + part(made)[0].square().mean()
            for part in self.parts) / len(self.parts)

    def vocoder_loss(self, made, real):
        """Small if made sound gets 1, and gives the features that real sound gives."""
        loss = 0
        for part in self.parts:
            verdict, features = part(made)
            with torch.no_grad():
                wanted = part(real)[1]
            matching = sum(F.l1_loss(x, y) for x, y in zip(features, wanted))
            loss = loss + (verdict - 1).square().mean() + 2 * matching
        return loss / len(self.parts)
