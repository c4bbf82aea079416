"""Captions as people vary them, and as tokens."""

import torch
from open_clip.tokenizer import SimpleTokenizer

from scenes import CLASSES

OPENINGS = [
    "the sound of", "sound of", "sounds of", "audio of", "a recording of", "a video of",
    "you can hear", "there is"]
ARTICLES = {"a", "an", "the"}

tokenize = SimpleTokenizer()  # texts → `[n, 77]` ids, without regard to case


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
