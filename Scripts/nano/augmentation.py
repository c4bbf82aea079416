"""Changes to pictures that change nothing of what happens in them."""

import torch


def varied_pictures(frames, rng):
    """Mirrors and recolors each of n in its own way.

    Bytes `[n, …, height, width, 3]` → the same in 0…1.
    """
    ones = (len(frames),) + (1,) * (frames.ndim - 2)

    def draw(low, high, channels):
        values = rng.uniform(low, high, (*ones, channels))
        return torch.as_tensor(values, dtype=torch.float32, device=frames.device)

    mirrored = torch.as_tensor(rng.random(len(frames)) < 0.5, device=frames.device)
    frames = torch.where(mirrored.reshape(*ones, 1), frames.flip(-2), frames)
    gain = draw(0.8, 1.2, 1) * draw(0.9, 1.1, 3)
    return (frames * (gain / 255)).add_(draw(-0.08, 0.08, 1)).clamp_(0, 1)
