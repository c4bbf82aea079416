"""Times the reference's stages and this project's in turn, and prints medians side by side.

Both run on random weights of the published sizes, in float32, with the same number of threads. The
stages of the project are timed by `mmaudio bench`; end to end, `mmaudio generate` is a whole process
that loads its networks, while the reference's time begins when its networks are in memory.

Two more comparisons are made only where they are named. `--stage start`: from the start of a process to
the first Euler step of a prompt, with all files in the page cache. `--stage memory`: the peak of a run
from a video, ours also with `--low-memory` on f16 models.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pytorch_reference import FIRST_STEP, PROMPTS, STEPS, Reference, import_reference

STAGES = ["encode-text", "encode-frames", "encode-motion", "sample", "decode", "vocode"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference", type=Path, help="checkout of hkchengrex/MMAudio")
    parser.add_argument("--mmaudio", default=".build/release/mmaudio", help="our binary")
    parser.add_argument("--variant", default="small_16k")
    parser.add_argument(
        "--stage", action="append", choices=STAGES + ["end-to-end", "start", "memory"],
        help="what to time; repeatable; default: everything but start and memory")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--models", help="converted models for generate, f32; by default they are made")
    parser.add_argument(
        "--checkpoints", type=Path,
        help="folder for the reference's checkpoints and what is converted from them, which are "
        "made where they are missing and take 12 GB (small_16k) to 25 GB; default: a temporary one")
    parser.add_argument("--video", type=Path, help="video of 8 s or more, for --stage memory")
    arguments = parser.parse_args()
    if "memory" in (arguments.stage or []) and not arguments.video:
        parser.error("--stage memory needs --video")
    return arguments


def timed(command):
    """Seconds of a process, the most memory it had in bytes, and what it printed."""
    start = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        output = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} failed: {errors.read().decode()}")
    return seconds, usage.ru_maxrss * 1024, output


def compare_stage(name, arguments):
    """Medians of (reference, ours) in seconds a unit, what the unit is, and our share of the peak."""
    with contextlib.redirect_stdout(sys.stderr):  # it tells that it removes weight norm
        run, count = Reference(arguments.reference, arguments.variant).stage(name)
    run()  # warm up
    command = [
        arguments.mmaudio, "bench", "--json", "--variant", arguments.variant, "--stage", name,
        "--steps", str(STEPS), "--threads", str(arguments.threads)]
    if arguments.models:
        command += ["--models", arguments.models]
    ours, theirs, peaks = [], [], []
    for _ in range(arguments.repeats):
        row = json.loads(timed(command)[2])["rows"][0]
        ours.append(row["seconds"] / row["units"])
        peaks.append(row["ratioToPeak"])
        start = time.perf_counter()
        run()
        theirs.append((time.perf_counter() - start) / count)
    median = statistics.median
    return median(theirs), median(ours), row["unit"][:-1], median(peaks)


def reference_process(arguments, *task):
    """The command that runs a task of pytorch_reference.py."""
    script = Path(__file__).with_name("pytorch_reference.py")
    return [
        sys.executable, str(script), str(arguments.reference), arguments.variant,
        str(arguments.threads), *map(str, task)]


def make_checkpoints(arguments):
    """Has the reference write its checkpoints, unless they are there."""
    if not (arguments.checkpoints / "vocoder.pt").exists() or not (
            arguments.checkpoints / f"mmaudio_{arguments.variant}.pth").exists():
        arguments.checkpoints.mkdir(parents=True, exist_ok=True)
        timed(reference_process(arguments, "save", arguments.checkpoints))


def converted(arguments, dtype):
    """The folder of our models; where they are made, from the reference's checkpoints."""
    if arguments.models and dtype == "f32":
        return arguments.models
    make_checkpoints(arguments)
    folder = arguments.checkpoints / f"models-{dtype}"
    timed([arguments.mmaudio, "convert", str(arguments.checkpoints), "-o", str(folder),
           "--dtype", dtype])
    return str(folder)


def generate(arguments, models, *options):
    """Our command for a run with the prompts."""
    return [
        arguments.mmaudio, "generate", "--prompt", PROMPTS[0], "--negative-prompt", PROMPTS[1],
        "--variant", arguments.variant, "--models", models, "--force",
        "--threads", str(arguments.threads), "-o", str(arguments.checkpoints / "sound.wav"),
        *options]


def compare_end_to_end(arguments):
    """Medians of ((seconds, bytes) of the reference, (seconds, bytes) of ours)."""
    command = generate(arguments, converted(arguments, "f32"), "-q")
    ours, theirs = [], []
    for _ in range(arguments.repeats):
        ours.append(timed(command)[:2])
        _, memory, output = timed(reference_process(arguments, "prompt"))
        theirs.append((float(output.split()[-1]), memory))
    return [tuple(map(statistics.median, zip(*runs))) for runs in (theirs, ours)]


def seconds_until(text, command):
    """Seconds from the start of a process to the line that begins with `text`; then it is ended."""
    start = time.perf_counter()
    with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith(text):
                seconds = time.perf_counter() - start
                process.terminate()
                return seconds
    sys.exit(f"{' '.join(command)} failed: {''.join(lines)}")


def read_into_page_cache(folder):
    """Reads a folder's files, so that the next process finds them in memory."""
    for file in Path(folder).iterdir():
        if file.is_file():
            with open(file, "rb", buffering=0) as stream:
                while stream.read(1 << 24):
                    pass


def compare_start(arguments):
    """Medians of (reference, ours) in seconds from a process's start to its first Euler step."""
    models = converted(arguments, "f32")
    make_checkpoints(arguments)
    ours, theirs = [], []
    for _ in range(arguments.repeats):
        # Each before its run: both together may be more than the memory holds.
        read_into_page_cache(arguments.checkpoints)
        theirs.append(
            seconds_until(FIRST_STEP, reference_process(arguments, "start", arguments.checkpoints)))
        read_into_page_cache(models)
        ours.append(seconds_until("sampling", generate(arguments, models)))
    return statistics.median(theirs), statistics.median(ours)


def compare_memory(arguments):
    """Peaks in bytes of (reference, ours, ours in low memory from f16) on a video, one run each."""
    options = [str(arguments.video), "--steps", str(STEPS), "-q"]
    ours = timed(generate(arguments, converted(arguments, "f32"), *options))[1]
    low = timed(generate(arguments, converted(arguments, "f16"), *options, "--low-memory"))[1]
    theirs = timed(
        reference_process(arguments, "video", arguments.checkpoints, arguments.video))[1]
    return theirs, ours, low


def line(name, unit, theirs, ours, scale="s", peak=""):
    """A row of the table."""
    return (f"{name:<15}{unit:<9}{theirs:>12.2f} {scale:<2}{ours:>12.2f} {scale:<2}"
            f"{ours / theirs:>8.2f}{peak:>10}").rstrip()


def compare_processes(names, arguments):
    """Prints the rows that are made of whole processes."""
    if "end-to-end" in names:
        theirs, ours = compare_end_to_end(arguments)
        print(line("end to end", "run", theirs[0], ours[0]))
        print(line("peak memory", "run", theirs[1] / 1e9, ours[1] / 1e9, "GB"), flush=True)
    if "start" in names:
        print(line("start", "to step", *compare_start(arguments)), flush=True)
    if "memory" in names:
        theirs, ours, low = [peak / 1e9 for peak in compare_memory(arguments)]
        print(line("memory, video", "run", theirs, ours, "GB"))
        print(line("  low, f16", "run", theirs, low, "GB"), flush=True)


def main():
    arguments = parse_arguments()
    print(f"{arguments.variant}, 8 s, float32, {arguments.threads} threads, "
          f"medians of {arguments.repeats}")
    machine = timed([arguments.mmaudio, "--version"])[2].splitlines()[-1]
    print(machine.rsplit(",", 1)[0])  # the rest is the number of threads that it would take
    print(f"\n{'what':<15}{'a':<9}{'PyTorch':>15}{'mmaudio':>15}{'ratio':>8}{'of peak':>10}", flush=True)
    names = arguments.stage or STAGES + ["end-to-end"]
    # First, while this process is small: a child's peak begins with its parent's memory.
    with tempfile.TemporaryDirectory(prefix="mmaudio-compare-") as folder:
        arguments.checkpoints = arguments.checkpoints or Path(folder)
        compare_processes(names, arguments)
    stages = [name for name in STAGES if name in names]
    if stages:
        import_reference(arguments.reference, arguments.threads)
    for name in stages:
        theirs, ours, unit, peak = compare_stage(name, arguments)
        print(line(name, unit, theirs, ours, peak=f"{peak:.2f}"), flush=True)
    print("\nOf peak: our rate of direct operations over that of a large sgemm.")


if __name__ == "__main__":
    main()
