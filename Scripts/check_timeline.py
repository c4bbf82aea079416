#!/usr/bin/env python3
"""Gives clips with odd clocks their sound, and prints when it is heard beside what is seen.

    Scripts/check_timeline.py MMAUDIO [--work DIR] [--only WORD]

Every clip is a copy, packet by packet, of the sample clip of the nano model, whose hammer strikes at times that
are known, in another container, with another clock, with edit lists, or joined from parts. A picture of the
sample is found again by its place in the order of showing; so the time of each strike on a player's clock
follows from the output's pictures (`-copyts`), and when it is heard from the output's sound on the same
clock (`-copyts`, `aresample=async=1:first_pts=0`). Exits with 1 if one is out of bounds. For developers: needs
ffmpeg with x264, x265 and libvpx, and NumPy.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import wave

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Scripts/nano"))
from onsets import onsets  # noqa: E402

SAMPLE = ROOT / "Models/nano/sample.mp4"
STRIKES = np.array([0.968, 1.672, 2.555, 3.790, 4.811, 5.629, 6.787, 7.884])  # Models/nano/README.md
BOUND = 0.020  # seconds from a strike that is seen to the same heard, in the median
LENGTH = 0.050  # seconds between the ends of pictures and file: a picture and a frame of the codec


def run(*words, data=None):
    done = subprocess.run(list(map(str, words)), input=data, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr.decode()[-400:]}")
    return done.stdout


def ffmpeg(*words):
    return run("ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *words)


class Clips:
    """Makes the set: `(name, file, first strike-free picture of the sample that is shown)`."""

    def __init__(self, folder):
        self.folder = folder
        tone = ["-f", "lavfi", "-i", "sine=frequency=300:sample_rate=48000:duration=8.04"]
        self.silent = folder / "h264.mp4"
        ffmpeg("-i", SAMPLE, "-an", "-c:v", "libx264", "-bf", 3, "-g", 25, "-crf", 14, "-pix_fmt", "yuv420p",
               self.silent)
        self.simple = folder / "simple.mp4"
        ffmpeg("-i", SAMPLE, "-an", "-c:v", "libx264", "-bf", 0, "-g", 25, "-crf", 14, "-pix_fmt", "yuv420p",
               self.simple)
        self.vp9 = folder / "vp9.webm"
        ffmpeg("-i", SAMPLE, "-an", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", 8, "-crf", 15,
               "-b:v", 0, self.vp9)
        self.mpeg4 = folder / "mpeg4.avi"
        ffmpeg("-i", SAMPLE, "-an", "-c:v", "mpeg4", "-bf", 2, "-q:v", 2, self.mpeg4)
        self.sounding = folder / "sounding.mkv"
        ffmpeg("-i", self.silent, *tone, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "aac",
               self.sounding)

    def copy(self, name, *words, source=None, before=()):
        path = self.folder / name
        ffmpeg(*before, "-i", source or self.silent, "-c", "copy", *words, path)
        return path

    def all(self):
        """`(title, path, pictures hidden at the front)`."""
        fragmented = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof")
        for ending, source in [("mp4", None), ("mov", None), ("mkv", None), ("flv", None), ("ts", None),
                               ("m2ts", None), ("webm", self.vp9), ("avi", self.mpeg4)]:
            yield f"plain {ending}", self.copy(f"plain.{ending}", source=source), 0
        yield "avi with h264, B-frames", self.copy("h264.avi"), 0
        yield "fragmented mp4, B-frames", self.copy("fragmented.mp4", *fragmented), 0
        yield "raw h264, B-frames", self.copy("raw.h264"), 0
        yield "raw h264", self.copy("simple.h264", source=self.simple), 0
        hevc = self.folder / "raw.hevc"
        ffmpeg("-i", SAMPLE, "-an", "-c:v", "libx265", "-preset", "ultrafast", "-bf", 3, "-crf", 16,
               "-x265-params", "log-level=error", hevc)
        yield "raw hevc, B-frames", hevc, 0
        mpeg2 = ("-c:v", "mpeg2video", "-bf", 2, "-q:v", 3)
        yield "raw m2v", self.encoded("raw.m2v", *mpeg2), 0
        for ending, words in [("mpg", mpeg2), ("vob", mpeg2), ("mxf", mpeg2), ("wmv", ("-c:v", "wmv2", "-q:v", 3)),
                              ("ogv", ("-c:v", "libtheora", "-q:v", 8)), ("nut", ("-c:v", "mpeg4", "-bf", 2, "-q:v", 2))]:
            yield f"plain {ending}", self.encoded(f"plain.{ending}", *words), 0
        yield "plain 3gp", self.copy("plain.3gp"), 0
        for offset in (-0.08, 0.08, 0.7, 2, 60, 36000):
            for ending, source in [("mp4", None), ("mov", None), ("mkv", None), ("webm", self.vp9), ("flv", None),
                                   ("ts", None), ("m2ts", None)]:
                if offset in (-0.08, 36000) and ending in ("mov", "m2ts"):
                    continue
                if offset < 0 and ending in ("flv", "ts", "m2ts", "webm", "mkv"):
                    continue  # these cannot hold it: ffmpeg moves all of it to 0
                yield f"offset {offset} {ending}", self.copy(
                    f"offset_{offset}.{ending}", "-copyts", "-output_ts_offset", offset,
                    "-avoid_negative_ts", "disabled", source=source), max(-offset, 0)
        for offset in (0.7, 2):
            fragments = self.copy(f"fragmented_{offset}.mp4", "-output_ts_offset", offset, *fragmented)
            yield f"offset {offset} fragmented mp4", fragments, 0
        for seconds, ending in [(0.7, "mp4"), (0.7, "mkv"), (0.7, "mov"), (0.5, "ts"), (2, "mkv")]:
            path = self.folder / f"sound_first_{seconds}.{ending}"
            ffmpeg("-itsoffset", seconds, "-i", self.silent, "-i", self.sounding, "-map", "0:v", "-map", "1:a",
                   "-c", "copy", path)
            yield f"sound {seconds} s before pictures, {ending}", path, 0
            path = self.folder / f"sound_later_{seconds}.{ending}"
            ffmpeg("-i", self.silent, "-itsoffset", seconds, "-i", self.sounding, "-map", "0:v", "-map", "1:a",
                   "-c", "copy", path)
            yield f"sound {seconds} s after pictures, {ending}", path, 0
        first, second = self.part("first.mp4", 0, 75), self.part("second.mp4", 75, 150)
        for title, clocks in [("one clock", (0, 3)), ("20 s on", (0, 23)), ("100 s on", (0, 103)),
                              ("the same clock", (0, 0)), ("back", (50, 0))]:
            yield f"joined ts, {title}", self.joined(first, second, *clocks), 0
        wrap = 2 ** 33 / 90000
        yield "clock wraps, 3 s before it", self.copy("wrap.ts", "-output_ts_offset", wrap - 3 - 1.4), 0
        yield "joined ts, clock wraps, 2000 s before it", self.joined(first, second, wrap - 2000, 0), 0
        for ending in ("mp4", "mov"):
            yield f"edit list {ending}", self.copy(f"edit.{ending}", before=("-ss", 1.5)), 1.52

    def part(self, name, start, end):
        """Some pictures of the sample."""
        return self.encoded(name, "-vf", f"trim=start_frame={start}:end_frame={end},setpts=PTS-STARTPTS",
                            "-c:v", "libx264", "-bf", 2, "-crf", 14, "-pix_fmt", "yuv420p")

    def joined(self, first, second, *clocks):
        """Two transport streams behind one another that begin at different times."""
        path = self.folder / "joined_{}_{}.ts".format(*map(round, clocks))
        path.write_bytes(b"".join(
            self.copy("piece.ts", "-output_ts_offset", clock, source=source).read_bytes()
            for source, clock in zip((first, second), clocks)))
        return path

    def encoded(self, name, *words):
        path = self.folder / name
        ffmpeg("-i", SAMPLE, "-an", *words, path)
        return path


def picture_times(path):
    """Presentation times of the pictures that are decoded, on the file's clock."""
    text = run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
               "frame=best_effort_timestamp_time,pkt_duration_time", "-of", "json", path)
    return np.array([float(frame["best_effort_timestamp_time"]) for frame in json.loads(text)["frames"]])


def sound(path):
    """Samples at 16 kHz of the first sound; sample 0 is 0 on the file's clock."""
    data = ffmpeg("-copyts", "-i", path, "-map", "0:a:0", "-af", "aresample=16000:async=1:first_pts=0", "-ac", 1,
                  "-f", "f32le", "-")
    return np.frombuffer(data, np.float32)


def last_end(path):
    """Seconds on the file's clock at which its last packet of pictures or sound ends."""
    return float(json.loads(run("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "json",
                                path))["format"]["duration"])


def measured(program, clip, output, hidden):
    """Median and largest distance in seconds of strikes heard from those seen, and the length's error."""
    run(program, "generate", clip, "--variant", "nano_16k", "-q", "-y", "-o", output)
    events = STRIKES[STRIKES > hidden + 0.05] - hidden
    if output.suffix == ".wav":
        with wave.open(str(output)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16) / 32768
        seen, length = None, len(samples) / 16000
        heard = onsets(samples)
    else:
        seen = picture_times(output)
        heard = onsets(sound(output))
        length = last_end(output)
    return events, seen, heard, length


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--only", default="", help="clips whose title has this word")
    parser.add_argument("--outputs", nargs="+", default=["wav", "mp4", "mkv"])
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    work = arguments.work or pathlib.Path(tempfile.mkdtemp(prefix="timeline-"))
    work.mkdir(parents=True, exist_ok=True)
    failed, count = 0, 0
    print("| clip | output | strikes | heard | median offset | largest | length is off by |\n|---|---|---|---|---|---|---|")
    for title, clip, hidden in Clips(work).all():
        if arguments.only not in title:
            continue
        count += 1
        for ending in arguments.outputs:
            if ending == "mp4" and clip.suffix in (".wmv", ".ogv"):
                continue  # it holds neither codec
            output = work / f"out.{ending}"
            try:
                events, seen, heard, length = measured(program, clip, output, hidden)
            except RuntimeError as problem:
                print(f"| {title} | {ending} | {problem} |||||", flush=True)
                failed += 1
                continue
            start = 0.0
            lasting = 6.0 if "joined" in title else 8.04 - hidden
            if seen is not None:
                # Matroska shows hidden pictures in the moment of the first that is not.
                shown = seen[np.flatnonzero(seen < 5e-4)[-1]:] if (seen < 5e-4).any() else seen
                start = shown[0]
                expected = np.interp(events, np.arange(len(shown)) / 25, shown - start, right=np.nan) + start
                lasting = shown[-1] + 0.04
            else:
                expected = events
            expected = expected[(events < (6.0 if lasting == 6.0 else 9)) & ~np.isnan(expected)]
            expected = expected[expected < lasting - 0.1]
            gaps = np.array([heard[np.abs(heard - e).argmin()] - e for e in expected]) if len(heard) else np.full(1, np.inf)
            matched = int((np.abs(gaps) < 0.06).sum())
            wrong = length - lasting
            good = (abs(np.median(gaps)) <= BOUND and matched == len(expected) and abs(wrong) <= LENGTH
                    and abs(start) < 0.0105)
            failed += not good
            print(f"| {title} | {ending} | {len(expected)} | {matched} | {1000 * np.median(gaps):.0f} ms | "
                  f"{1000 * np.abs(gaps).max():.0f} ms | {1000 * wrong:.0f} ms |{'' if good else ' **FAIL**'}", flush=True)
    print(f"\n{count} clips, {failed} outputs out of bounds")
    sys.exit(failed > 0)


main()
