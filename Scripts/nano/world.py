#!/usr/bin/env python3
"""A world of visible events and their sounds: a clip for every seed.

    python3 world.py SEED OUT.mp4 [--class NAME] [--seconds 8] [--silent]

writes a clip, with its sound if it is not to be silent, to look at. Training and evaluation take clips
by `Clip`; whatever a clip shows and sounds like is a function of its seed, class and length alone.
"""

import argparse
import subprocess
import tempfile
import wave

import numpy as np

from canvas import Camera, Canvas, background
from scenes import CLASSES
from sounds import RATE, band

FRAME_RATE = 25
HEIGHT, WIDTH = 240, 320


class Clip:
    """One clip: its class, caption, event times, frames and waveform."""

    def __init__(self, seed, name=None, seconds=8.0):
        # Streams of their own, so that drawing more of one changes nothing of another.
        scene, look, self._grain, self._sound = (
            np.random.default_rng([seed, stream]) for stream in range(4))
        names = list(CLASSES)
        self.name = name or names[scene.integers(len(names))]
        self.label = names.index(self.name)
        self.seconds = seconds
        self.scene = CLASSES[self.name](scene, seconds)
        self.caption = str(scene.choice(self.scene.captions))
        self.camera = Camera.sample(look)
        self.background = background(look, HEIGHT, WIDTH)
        self.noise = look.uniform(0, 0.03)
        self.gain = look.uniform(0.7, 1.0)

    @property
    def events(self):
        """Seconds at which something strikes, `[n]`."""
        return self.scene.events

    def frames(self):
        """`[seconds · 25 + 1, 240, 320, 3]` bytes; a frame shows the middle of its time.

        The one that comes when the others end makes the tool see them all.
        """
        frames = []
        for index in range(round(self.seconds * FRAME_RATE) + 1):
            time = (index + 0.5) / FRAME_RATE
            canvas = Canvas(self.background, self.camera, time)
            self.scene.draw(canvas, time)
            frames.append(canvas.finished(self.noise, self._grain))
        return np.stack(frames)

    def audio(self):
        """`[seconds · 16000]` floats within [-1, 1], over a faint noise of the room."""
        sound = self.scene.sound(self._sound)
        room = 0.0008 * band(self._sound, len(sound), 60, 3000, slope=3)
        return np.clip(self.gain * sound + room, -0.99, 0.99).astype(np.float32)


def write_wave(path, samples):
    """Writes 16-bit mono."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, len(samples), "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())


def write_video(path, frames, samples=None, rate=FRAME_RATE):
    """Writes H.264, with the sound if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s",
            f"{frames.shape[2]}x{frames.shape[1]}", "-r", str(rate), "-i", "-"]
        if samples is not None:
            write_wave(f"{folder}/sound.wav", samples)
            command += ["-i", f"{folder}/sound.wav", "-c:a", "aac", "-shortest"]
        command += ["-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p", str(path)]
        subprocess.run(command, input=frames.tobytes(), check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("seed", type=int)
    parser.add_argument("output")
    parser.add_argument("--class", dest="name", choices=list(CLASSES))
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--silent", action="store_true")
    arguments = parser.parse_args()
    clip = Clip(arguments.seed, arguments.name, arguments.seconds)
    write_video(arguments.output, clip.frames(), None if arguments.silent else clip.audio())
    print(clip.name, "|", clip.caption, "|", " ".join(f"{time:.2f}" for time in clip.events))


if __name__ == "__main__":
    main()
