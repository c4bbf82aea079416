"""Changes to pictures that change nothing of what happens in them."""

import torch


def varied_pictures(frames, rng):
    """Mirrors and recolors each of n in its own way.

    Bytes `[n, …, height, width, 3]` → the same in 0…1.
    """
    x = frames.float() / 255
    ones = (len(frames),) + (1,) * (frames.ndim - 2)

    def draw(low, high, channels):
        values = rng.uniform(low, high, (*ones, channels))
        return torch.as_tensor(values, dtype=x.dtype, device=x.device)

    mirrored = torch.as_tensor(rng.random(len(frames)) < 0.5, device=x.device)
    x = torch.where(mirrored.reshape(*ones, 1), x.flip(-2), x)
    # Light and colors of the whole picture, then noise as of another camera.
    x = x * draw(0.8, 1.2, 1) * draw(0.9, 1.1, 3) + draw(-0.08, 0.08, 1)
    return (x + draw(0, 0.02, 1) * torch.randn_like(x)).clamp(0, 1)
