"""What happens in every frame of a clip, and how well that is told."""

import numpy as np
import torch
from torch.nn import functional as F

from synchformer import SEGMENT
from world import FRAME_RATE, Clip


# Seconds in which the nearness of an event fades.
FADES = np.array([0.04, 0.12, 0.36])


class Targets:
    """Tables over clips and frames, `[n, frames]`, and labels `[n]`.

    happens: 1 where an event falls into a frame; place: where within it, 0…1; level: 0…1 in scenes
    that last, where `lasts` is 1. A siren's level is 1 while its higher tone sounds. near
    `[n, frames, 6]`: fading since the last event and rising until the next, at three paces.
    """

    def __init__(self, clips, frames):
        self.labels = np.array([clip["label"] for clip in clips])
        self.happens, self.place, self.level, self.lasts = np.zeros(
            (4, len(clips), frames), np.float32)
        self.near = np.zeros((len(clips), frames, 2 * len(FADES)), np.float32)
        middles = (np.arange(frames) + 0.5) / FRAME_RATE
        for index, clip in enumerate(clips):
            position = np.array(clip["events"]) * FRAME_RATE
            frame = position.astype(int)
            self.happens[index, frame] = 1
            self.place[index, frame] = position - frame
            self.near[index] = nearness(np.array(clip["events"]), middles)
            level = level_at(clip, middles, frames / FRAME_RATE)
            if level is not None:
                self.level[index], self.lasts[index] = level, 1

    def segments(self, clips, starts):
        """happens, place, level, lasts `[n, 16]`, near `[n, 16, 6]`, and labels `[n]`."""
        frames = np.asarray(starts)[:, None] + np.arange(SEGMENT)
        clips = np.asarray(clips)
        tables = (self.happens, self.place, self.level, self.lasts, self.near)
        return [
            torch.from_numpy(part)
            for part in [table[clips[:, None], frames] for table in tables] + [self.labels[clips]]]


def nearness(events, times):
    """Nearness of the last event and of the next at times, `[times, 2 · fades]`, each 0…1."""
    edges = np.concatenate([[-np.inf], events, [np.inf]])
    index = np.searchsorted(edges, times, "right")
    since, until = times - edges[index - 1], edges[index] - times
    return np.exp(-np.concatenate([gap[:, None] / FADES for gap in (since, until)], 1))


def level_at(clip, times, seconds):
    """The level of a clip at times, or None."""
    if clip["level"]:
        return np.interp(times, *np.transpose(clip["level"]))
    if clip["name"] == "siren":
        return Clip(clip["seed"], seconds=seconds).scene.high_tone(times)
    return None


def onset_f1(probability, happens):
    """F1 of events and peaks of their probability, at most a frame apart; both `[n, 16]`.

    Two frames share the probability of an event on their edge, hence the low threshold.
    """
    near = F.max_pool1d(probability[:, None], 3, 1, 1)[:, 0]
    found = ((probability == near) & (probability > 0.3)).float()
    allowed = F.max_pool1d(happens[:, None], 3, 1, 1)[:, 0]
    covered = F.max_pool1d(found[:, None], 3, 1, 1)[:, 0]
    precision = (found * allowed).sum() / found.sum().clamp(min=1)
    recall = (happens * covered).sum() / happens.sum().clamp(min=1)
    return (2 * precision * recall / (precision + recall).clamp(min=1e-6)).item()
