"""Frames as rows of patches, and kernels of networks that were trained on shrunk frames.

A patch embedding neither overlaps nor pads, so it is a matrix. Trained on frames shrunk `factor`
times, every pixel the mean of `factor` × `factor`, it is the same function of the full frames as a
kernel in which each weight is repeated `factor` × `factor` times and divided by their number:
smooth, of the published layout, and many times cheaper to train.
"""


def patch_rows(frames, patch, depth=1):
    """Pixels under the patches, in the order of PyTorch's kernels.

    - frames: `[n, depth · t, height, width, 3]`
    - result: `[n, t, rows · columns, 3 · depth · patch²]`; what is right of and below the last
      whole patch is not seen
    """
    count, length, height, width, _ = frames.shape
    rows, columns = height // patch, width // patch
    cut = frames[:, :, :rows * patch, :columns * patch]
    tiles = cut.reshape(count, length // depth, depth, rows, patch, columns, patch, 3)
    return tiles.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(
        count, length // depth, rows * columns, 3 * depth * patch * patch)


def enlarged(kernel, factor):
    """A kernel `[…, p, p]` for shrunk frames → `[…, factor · p, factor · p]` for full ones."""
    repeated = kernel.repeat_interleave(factor, -1).repeat_interleave(factor, -2)
    return repeated / factor**2


def shrunk(kernel, factor):
    """What `enlarged` made from `[…, p, p]`, back again."""
    *outer, height, width = kernel.shape
    return kernel.reshape(*outer, height // factor, factor, width // factor, factor).sum((-3, -1))
