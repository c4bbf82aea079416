"""Mel spectrogram at 16 kHz as the published VAE and vocoder know it, differentiable.

80 triangular bands on Slaney's scale up to 8 kHz, each of equal area; hop 256, Hann window of 1024;
log₁₀ of magnitudes, at least 10⁻⁵.
"""

import math

import torch
from torch import nn
from torch.nn import functional as F

RATE = 16_000
BANDS = 80
HOP = 256
WINDOW = 1024
SMALLEST = 1e-5


def hertz(mels):
    """Slaney's scale: 200/3 Hz a mel up to 1000 Hz, then 27 mels for a factor of 6.4."""
    return torch.where(mels < 15, mels * 200 / 3, 1000 * torch.exp((mels - 15) * math.log(6.4) / 27))


def band_filters():
    """Weights of the spectrum's bins in every band, `[80, 513]`, in bands per hertz."""
    highest = 15 + 27 * math.log(RATE / 2 / 1000) / math.log(6.4)
    edges = hertz(torch.linspace(0, highest, BANDS + 2, dtype=torch.float64))
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    bins = torch.linspace(0, RATE / 2, WINDOW // 2 + 1, dtype=torch.float64)
    triangles = torch.minimum((bins - low) / (middle - low), (high - bins) / (high - middle))
    return (triangles.clamp(min=0) * 2 / (high - low)).float()


class Mel(nn.Module):
    """Waveforms `[n, samples]` within [-1, 1] → log mel spectrograms `[n, 80, samples / 256]`."""

    def __init__(self):
        super().__init__()
        self.register_buffer("filters", band_filters(), persistent=False)
        self.register_buffer("window", torch.hann_window(WINDOW), persistent=False)

    def forward(self, audio):
        margin = (WINDOW - HOP) // 2
        padded = F.pad(audio.clamp(-1, 1), (margin, margin), mode="reflect")
        spectrum = torch.stft(
            padded, WINDOW, HOP, window=self.window, center=False, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        return torch.log10((self.filters @ torch.sqrt(power + 1e-9)).clamp(min=SMALLEST))
