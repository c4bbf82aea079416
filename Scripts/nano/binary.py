"""Drives the `mmaudio` binary: whole runs, and single stages on tensors."""

import pathlib
import subprocess
import tempfile
import wave

import numpy as np
from safetensors.numpy import load_file, save_file

LATENT_TOKENS, LATENT_CHANNELS = 250, 20  # of 8 s at 16 kHz


class Binary:
    """The binary with one model folder and the same sampling for every sound."""

    def __init__(self, path, models, variant, steps=25, guidance=4.5):
        self.path = pathlib.Path(path).resolve()
        self.options = ["--models", models, "--variant", variant]
        self.sampling = ["--steps", steps, f"--cfg={guidance}"]

    def _run(self, *words):
        done = subprocess.run(
            [self.path, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(map(str, words))}: {done.stderr.strip()}")

    def generate(self, output, seed, video=None, prompt="", seconds=8):
        """Writes a WAV for a video, a prompt, or both; without `seconds`, for all of the video."""
        self._run(
            "generate", *([video] if video else []), f"--prompt={prompt}",
            *(["--duration", seconds] if seconds else []), "--seed", seed, "--quiet", "--force", "--output", output, *self.options, *self.sampling)

    def stage(self, name, tensors=None, *options):
        """One stage's tensors from a dictionary of its inputs."""
        with tempfile.TemporaryDirectory() as folder:
            words = ["stage", name, "--output", f"{folder}/out.safetensors", *options]
            if tensors is not None:
                save_file(
                    {key: np.ascontiguousarray(value) for key, value in tensors.items()},
                    f"{folder}/in.safetensors")
                words += ["--input", f"{folder}/in.safetensors"]
            self._run(*words, *self.options)
            return load_file(f"{folder}/out.safetensors")

    def video_features(self, video):
        """CLIP features [1, 64, width] and sync features [1, 192, width] of a video of 8 s."""
        frames = self.stage("frames", None, "--video", video, "--duration", 8)
        clip = self.stage("clip-image", {"frames_u8": frames["clip_frames"]})["image_features"]
        sync = self.stage("sync", {"sync_frames_u8": frames["sync_frames"]})["sync_features"]
        return {"clip_f": clip[None], "sync_f": sync}

    def no_text(self):
        """Text features [1, 77, width] of the empty prompt."""
        tokens = self.stage("tokenize", None, "--prompt=")["tokens"]
        return self.stage("clip-text", {"tokens": tokens})["text_features"]

    def sound(self, features, seed):
        """8 s of samples from CLIP, sync and text features, as `generate` makes them."""
        shape = f"1,{LATENT_TOKENS},{LATENT_CHANNELS}"
        noise = self.stage("noise", None, "--seed", seed, "--shape", shape)
        latents = self.stage(
            "sample", features | noise, "--duration", 8, *self.sampling)["latent_unnormalized"]
        mel = self.stage("vae-decode", {"z": latents.transpose(0, 2, 1)})["mel"]
        return self.stage("vocode", {"vocoder_mel": mel})["audio"].reshape(-1)


def read_wave(path):
    """Samples of 16-bit mono, within [-1, 1]."""
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    return samples.astype(np.float32) / 32768
