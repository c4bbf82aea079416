"""Captions as people vary them, and as tokens."""

import importlib.util
import pathlib

import torch

from scenes import CLASSES

OPENINGS = [
    "the sound of", "sound of", "sounds of", "audio of", "a recording of", "a video of",
    "you can hear", "there is"]
ARTICLES = {"a", "an", "the"}


def tokenizer():
    """open_clip's tokenizer without the rest of the package, which wants a matching torchvision."""
    folder = pathlib.Path(importlib.util.find_spec("open_clip").origin).parent
    spec = importlib.util.spec_from_file_location("clip_tokenizer", folder / "tokenizer.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SimpleTokenizer()


tokenize = tokenizer()  # texts → `[n, 77]` ids, without regard to case


def all_captions():
    """Every caption of every class, and the empty one that stands for no prompt."""
    return [""] + [caption for scene in CLASSES.values() for caption in scene.captions]


def varied(label, rng):
    """A caption of a class: one or two of its own, perhaps with an opening or without articles."""
    own = list(CLASSES.values())[label].captions
    text = ", ".join(rng.choice(own, 2 if rng.random() < 0.15 else 1, replace=False))
    if rng.random() < 0.3:
        text = " ".join(word for word in text.split() if word not in ARTICLES)
    if rng.random() < 0.4:
        text = f"{rng.choice(OPENINGS)} {text}"
    return text + rng.choice(["", ".", "!"], p=[0.7, 0.2, 0.1])


def trimmed(tokens):
    """Ids `[n, 77]` without the columns that are padding in all rows; attention is causal."""
    return tokens[:, :int((tokens != 0).sum(1).max())]


def varied_tokens(labels, rng):
    """A caption for each label, `[n, t]` ids."""
    return trimmed(torch.as_tensor(tokenize([varied(label, rng) for label in labels])))
