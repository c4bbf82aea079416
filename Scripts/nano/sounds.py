"""Synthesised sound at 16 kHz: ringing modes for impacts, filtered noise for weather."""

import numpy as np

RATE = 16_000
GRID = RATE / 128  # hertz: twice a frame of the mel spectrograms


def silence(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


def add(signal, start, sound):
    """Adds a sound that begins `start` seconds into a signal; what lies beyond its end is lost."""
    first = round(start * RATE)
    count = min(len(sound), len(signal) - first)
    if count > 0:
        signal[first:first + count] += sound[:count]


def on_grid(frequency):
    """The multiple of `GRID` next to a frequency.

    What a vocoder makes of a spectrogram that does not change repeats itself, so that no other steady
    tones can come back.
    """
    return GRID * np.maximum(1, np.round(np.asarray(frequency) / GRID))


def modes(frequencies, decays, amplitudes, seconds):
    """A struck body: `Σ a e^(-t/d) sin(2π f t)`, `f` on the grid, with an attack of a millisecond.

    Modes beyond half the rate are left out.
    """
    t = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros_like(t)
    for frequency, decay, amplitude in zip(on_grid(frequencies), decays, amplitudes):
        if frequency < 0.45 * RATE:
            sound += amplitude * np.exp(-t / decay) * np.sin(2 * np.pi * frequency * t)
    return (sound * np.minimum(1, t / 0.001)).astype(np.float32)


def band(rng, count, low, high, slope=0.0):
    """`count` samples of noise between two frequencies, falling by `slope` dB an octave, of rms 1."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    frequencies = np.fft.rfftfreq(count, 1 / RATE)
    gain = 1 / (1 + (low / np.maximum(frequencies, 1)) ** 4) / (1 + (frequencies / high) ** 4)
    gain *= np.maximum(frequencies / low, 1e-3) ** (-slope / 6.02)
    noise = np.fft.irfft(spectrum * gain, count)
    return (noise / (np.sqrt(np.mean(noise**2)) + 1e-9)).astype(np.float32)


def burst(rng, seconds, low, high, decay):
    """A burst of noise that dies away."""
    count = round(seconds * RATE)
    t = np.arange(count) / RATE
    return band(rng, count, low, high) * (
        np.exp(-t / decay) * np.minimum(1, t / 0.001)).astype(np.float32)


def sweep(frequency):
    """A unit phase signal, in radians, of a frequency for every sample."""
    return 2 * np.pi * np.cumsum(frequency) / RATE


def sampled(function, seconds):
    """A function of time at every sample; it is smooth, so that a hundredth of them is enough."""
    count = round(seconds * RATE)
    coarse = np.arange(0, count + 160, 160) / RATE
    return np.interp(np.arange(count) / RATE, coarse, function(coarse)).astype(np.float32)
