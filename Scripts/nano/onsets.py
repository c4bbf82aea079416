"""Hears when something strikes, and compares that with when it did. NumPy only.

Onset strength is how much louder the bands of a spectrum get within some milliseconds, on a scale
between amplitude and loudness, so that a strike into the tail of another counts as well. Its largest
peaks are onsets.
"""

import dataclasses

import numpy as np

from sounds import RATE

HOP = 80  # 5 ms
WINDOW = 512
BANDS, LOWEST, HIGHEST = 32, 60.0, 7600.0  # hertz
LAG = 4  # hops over which a rise is taken
POWER = 0.6  # of amplitudes
RELATIVE = 0.35  # to the strongest rises, below which a peak is no onset
QUIETEST = 0.05  # strength below which nothing is an onset
APART = 40  # hops between two onsets, at least
LATE = 0.003  # seconds that a peak comes after its event, on real sounds

TOLERANCE = 0.06  # seconds


def band_filters():
    """Triangles that overlap by half, evenly spaced in octaves, `[bins, BANDS]`."""
    edges = np.geomspace(LOWEST, HIGHEST, BANDS + 2)
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    filters = np.clip(np.minimum(rising, falling), 0, None)
    # A narrow triangle may lie between two bins.
    filters[np.abs(bins - edges[1:-1]).argmin(0), np.arange(BANDS)] += 1e-9
    return filters / filters.sum(0)


def onset_strength(audio):
    """`[samples / HOP]`, at times `HOP / RATE` apart."""
    # Not beyond the end, where sound that is cut off would seem to click.
    padded = np.pad(np.asarray(audio, np.float64), (WINDOW // 2, 0))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    amplitudes = np.abs(np.fft.rfft(frames * np.hanning(WINDOW)))
    bands = (amplitudes @ band_filters()) ** POWER
    before = np.concatenate([np.repeat(bands[:1], LAG, 0), bands[:-LAG]])
    return np.clip(bands - before, 0, None).mean(1)


def onsets(audio):
    """Seconds at which something strikes."""
    strength = onset_strength(audio)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(strength, 3), 7).max(1)
    peaks = np.flatnonzero((strength == around) & (strength > QUIETEST))
    if len(peaks) == 0:
        return np.zeros(0)
    peaks = peaks[np.argsort(-strength[peaks])]
    strongest = np.median(strength[peaks[:5]])
    kept = []
    for peak in peaks:
        if strength[peak] < RELATIVE * strongest:
            break
        if all(abs(peak - other) >= APART for other in kept):
            kept.append(peak)
    return np.sort(np.array(kept) * HOP / RATE) - LATE


@dataclasses.dataclass
class Score:
    """How well onsets agree with events, each of both belonging to one of the other at most."""

    matched: int = 0
    onsets: int = 0
    events: int = 0

    def __add__(self, other):
        return Score(
            self.matched + other.matched, self.onsets + other.onsets, self.events + other.events)

    @property
    def f1(self):
        return 2 * self.matched / max(self.onsets + self.events, 1)


def score(onsets, events):
    """Matches in the order of time, which gives the most pairs within the tolerance."""
    matched, first = 0, 0
    for event in events:
        while first < len(onsets) and onsets[first] < event - TOLERANCE:
            first += 1
        if first < len(onsets) and onsets[first] <= event + TOLERANCE:
            matched += 1
            first += 1
    return Score(matched, len(onsets), len(events))


def offsets(onsets, events):
    """Seconds from every event to the onset next to it, positive if that comes later."""
    if len(onsets) == 0:
        return np.full(len(events), np.inf)
    differences = np.asarray(onsets)[None] - np.asarray(events)[:, None]
    return differences[np.arange(len(events)), np.abs(differences).argmin(1)]
