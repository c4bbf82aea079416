"""How far two waveforms are apart to the ear: log mel and log magnitudes at several resolutions."""

import torch
from torch import nn
from torch.nn import functional as F

from mel import Mel

WINDOWS = (2048, 1024, 512, 256, 128)


class SpectralLoss(nn.Module):
    """Mean differences of spectrograms, with hops of a quarter of a window.

    Magnitudes are compared on a logarithmic scale, which minds what is soft, and on a linear one, which
    minds what is loud.
    """

    def __init__(self):
        super().__init__()
        self.mel = Mel()
        for window in WINDOWS:
            self.register_buffer(f"hann{window}", torch.hann_window(window), persistent=False)

    def magnitudes(self, audio, window):
        """`[n, bins, frames]` of unit sine ≈ 1."""
        hann = getattr(self, f"hann{window}")
        spectrum = torch.stft(audio, window, window // 4, window=hann, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        return torch.sqrt(power + 1e-9) * (4 / window)

    def forward(self, audio, target):
        """Waveforms `[n, samples]` → the loss, and the mel L1 in it."""
        mel = F.l1_loss(self.mel(audio), self.mel(target))
        loss = 4 * mel
        for window in WINDOWS:
            made, wanted = self.magnitudes(audio, window), self.magnitudes(target, window)
            logarithmic = F.l1_loss(torch.log10(made + 1e-4), torch.log10(wanted + 1e-4))
            convergence = (made - wanted).norm() / wanted.norm().clamp(min=1e-3)
            loss = loss + (2 * logarithmic + 0.2 * convergence) / len(WINDOWS)
        return loss, mel
