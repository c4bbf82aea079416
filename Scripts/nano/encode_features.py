#!/usr/bin/env python3
"""Writes what the trained towers make of a dataset, for the training of the flow network.

    python3 encode_features.py --data DIR --checkpoints DIR --out OUT [--device cpu]

OUT gets `clip_features.npy` [n, 64, 64] and `sync_features.npy` [n, 192, 128], and
`text_features.npz` with [77, 64] under every caption of every class and under the empty one; all
are float16. A run that was cut off starts again.
"""

import argparse
import pathlib

import numpy as np
import torch

import synchformer
import towers
from captions import all_captions, tokenize
from dataset import Dataset, picked
from synchformer import Synchformer
from towers import CLIP
from world import FRAME_RATE


def encoded(frames, shown, encode, device):
    """What `encode` makes of every clip's frames `shown`, `[n, tokens, width]` float16."""
    features = []
    for index, clip in enumerate(frames):
        pixels = torch.from_numpy(np.array(clip)[shown]).to(device).float() / 255
        features.append(encode(pixels).half().cpu().numpy())
        if (index + 1) % 100 == 0:
            print(f"{index + 1} of {len(frames)} clips", flush=True)
    return np.stack(features)


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder of dataset.py")
    parser.add_argument(
        "--checkpoints", type=pathlib.Path, required=True,
        help="folder of open_clip_pytorch_model.bin and synchformer_state_dict.pth")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    arguments.out.mkdir(parents=True, exist_ok=True)

    def network(kind, shrink, name):
        state = torch.load(arguments.checkpoints / name, weights_only=True)
        return kind.loaded(state, shrink).to(arguments.device)

    clip = network(CLIP, towers.SHRINK, "open_clip_pytorch_model.bin")
    sync = network(Synchformer, synchformer.SHRINK, "synchformer_state_dict.pth")
    dataset, captions = Dataset(arguments.data), all_captions()
    texts = clip.text_features(torch.as_tensor(tokenize(captions)).to(arguments.device))
    np.savez(
        arguments.out / "text_features.npz", **dict(zip(captions, texts.half().cpu().numpy())))
    # The dataset has all frames for Synchformer, of which the tool would show it these; for CLIP, it
    # has what the tool would show.
    seen = picked(FRAME_RATE, dataset.sync.shape[1] - 1)
    for name, frames, shown, encode in [
            ("clip_features", dataset.clip, slice(None), clip.encode_image),
            ("sync_features", dataset.sync, seen, sync.features)]:
        print(name, flush=True)
        np.save(arguments.out / f"{name}.npy", encoded(frames, shown, encode, arguments.device))


if __name__ == "__main__":
    main()
