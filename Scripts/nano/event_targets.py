"""What happens in every frame of a clip, and how well that is told."""

import numpy as np
import torch
from torch.nn import functional as F

from synchformer import SEGMENT
from world import FRAME_RATE, Clip


class Targets:
    """Tables over clips and frames, `[n, frames]`, and labels `[n]`.

    happens: 1 where an event falls into a frame; place: where within it, 0…1; level: 0…1 in scenes
    that last, where `lasts` is 1. A siren's level is 1 while its higher tone sounds.
    """

    def __init__(self, clips, frames):
        self.labels = np.array([clip["label"] for clip in clips])
        self.happens, self.place, self.level, self.lasts = np.zeros(
            (4, len(clips), frames), np.float32)
        middles = (np.arange(frames) + 0.5) / FRAME_RATE
        for index, clip in enumerate(clips):
            position = np.array(clip["events"]) * FRAME_RATE
            frame = position.astype(int)
            self.happens[index, frame] = 1
            self.place[index, frame] = position - frame
            level = level_at(clip, middles, frames / FRAME_RATE)
            if level is not None:
                self.level[index], self.lasts[index] = level, 1

    def segments(self, clips, starts):
        """happens, place, level, lasts of segments, each `[n, 16]`, and labels `[n]`."""
        frames = np.asarray(starts)[:, None] + np.arange(SEGMENT)
        clips = np.asarray(clips)
        tables = (self.happens, self.place, self.level, self.lasts)
        return [
            torch.from_numpy(part)
            for part in [table[clips[:, None], frames] for table in tables] + [self.labels[clips]]]


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
