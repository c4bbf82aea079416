"""Times the reference's stages and this project's in turn, and prints medians side by side.

Both run on random weights of the published sizes, in float32, with the same number of threads. The
stages of the project are timed by `mmaudio bench`; end to end, `mmaudio generate` is a whole process
that loads its networks, while the reference's time begins when its networks are in memory.
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

STAGES = ["encode-text", "encode-frames", "encode-motion", "sample", "decode", "vocode"]
FRAMES, SEGMENTS, STEPS = 4, 2, 2
PROMPTS = ["waves, seagulls", "music"]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reference", type=Path, help="checkout of hkchengrex/MMAudio")
    parser.add_argument("--mmaudio", default=".build/release/mmaudio", help="our binary")
    parser.add_argument("--variant", default="small_16k")
    parser.add_argument(
        "--stage", action="append", choices=STAGES + ["end-to-end"],
        help="what to time; repeatable; default: everything")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--models", help="converted models for generate; by default they are made, which takes "
        "12 GB in the temporary folder")
    # What this script has itself do in a process of its own.
    parser.add_argument("--run-reference", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--save-reference", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def import_reference(checkout, threads):
    """Imports torch and puts the checkout on the path."""
    global torch
    sys.path.insert(0, str(checkout))
    import torch

    torch.set_num_threads(threads)
    torch.set_grad_enabled(False)
    torch.set_flush_denormal(True)  # random weights may lead to some, which are slow
    torch.manual_seed(0)
    # A torchvision built for another torch lacks its operators; importing it registers fakes for
    # them, which need a definition. Nothing here calls them.
    try:
        import torchvision  # noqa: F401
    except (RuntimeError, ImportError):
        sys.modules.pop("torchvision", None)
        schema = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        for name in ["nms", "qnms", "roi_align", "deform_conv2d", "ps_roi_align", "ps_roi_pool",
                     "roi_pool"]:
            try:
                torch.library.define("torchvision::" + name, schema)
            except RuntimeError:
                pass


class Reference:
    """The reference's networks with random weights, made when they are needed."""

    def __init__(self, checkout, variant):
        self.checkout = checkout
        self.variant = variant
        self.rate = "16k" if variant.endswith("16k") else "44k"

    def clip(self):
        import open_clip
        from mmaudio.model.utils.features_utils import patch_clip

        self.tokenizer = open_clip.get_tokenizer("ViT-H-14-378-quickgelu")
        return patch_clip(open_clip.create_model("ViT-H-14-378-quickgelu").eval())

    def synchformer(self):
        from mmaudio.ext.synchformer import Synchformer

        return Synchformer().eval()

    def flow(self):
        from mmaudio.model.networks import get_my_mmaudio

        network = get_my_mmaudio(self.variant).eval()
        network.latent_mean.data.zero_()
        network.latent_std.data.fill_(1)
        lengths = self.lengths()
        network.update_seq_lengths(
            lengths.latent_seq_len, lengths.clip_seq_len, lengths.sync_seq_len)
        return network

    def lengths(self):
        from mmaudio.model.sequence_config import CONFIG_16K, CONFIG_44K

        return CONFIG_16K if self.rate == "16k" else CONFIG_44K

    def vae(self):
        from mmaudio.ext.autoencoder.vae import get_my_vae

        return get_my_vae(self.rate).eval()

    def vocoder(self):
        if self.rate == "16k":
            from mmaudio.ext.bigvgan.models import BigVGANVocoder
            from omegaconf import OmegaConf

            config = OmegaConf.load(self.checkout / "mmaudio/ext/bigvgan/bigvgan_vocoder.yml")
            return BigVGANVocoder(config).eval()
        from mmaudio.ext.bigvgan_v2.bigvgan import BigVGAN
        from mmaudio.ext.bigvgan_v2.env import AttrDict

        # config.json of nvidia/bigvgan_v2_44khz_128band_512x, as far as the generator reads it.
        return BigVGAN(AttrDict(
            num_mels=128, upsample_rates=[8, 4, 2, 2, 2, 2],
            upsample_kernel_sizes=[16, 8, 4, 4, 4, 4], upsample_initial_channel=1536,
            resblock="1", resblock_kernel_sizes=[3, 7, 11],
            resblock_dilation_sizes=[[1, 3, 5]] * 3, activation="snakebeta",
            snake_logscale=True, use_bias_at_final=False, use_tanh_at_final=False)).eval()

    def text(self, clip, prompt):
        return clip.encode_text(self.tokenizer([prompt]), normalize=True)

    def sample(self, network, steps, conditions, empty):
        from mmaudio.model.flow_matching import FlowMatching

        matching = FlowMatching(min_sigma=0, inference_mode="euler", num_steps=steps)
        noise = torch.randn(1, network.latent_seq_len, network.latent_dim)
        return matching.to_data(
            lambda t, x: network.ode_wrapper(t, x, conditions, empty, 4.5), noise)

    def stage(self, name):
        """A function that runs the stage once, and how many units it runs."""
        if name == "encode-text":
            clip = self.clip()
            return lambda: [self.text(clip, prompt) for prompt in PROMPTS], 1
        if name == "encode-frames":
            clip = self.clip()
            frames = torch.randn(FRAMES, 3, 384, 384)
            return lambda: clip.encode_image(frames, normalize=True), FRAMES
        if name == "encode-motion":
            synchformer = self.synchformer()
            segments = torch.randn(1, SEGMENTS, 16, 3, 224, 224)
            return lambda: synchformer(segments), SEGMENTS
        if name == "sample":
            network = self.flow()
            conditions = network.preprocess_conditions(
                torch.randn(1, network.clip_seq_len, 1024),
                torch.randn(1, network.sync_seq_len, 768), torch.randn(1, 77, 1024))
            empty = network.get_empty_conditions(1, negative_text_features=torch.randn(1, 77, 1024))
            return lambda: self.sample(network, STEPS, conditions, empty), STEPS
        if name == "decode":
            vae = self.vae()
            vae.remove_weight_norm()
            latents = torch.randn(
                1, 20 if self.rate == "16k" else 40, self.lengths().latent_seq_len)
            return lambda: vae.decode(latents), 1
        vocoder = self.vocoder()
        vocoder.remove_weight_norm()
        bands = 80 if self.rate == "16k" else 128
        mel = torch.randn(1, bands, 2 * self.lengths().latent_seq_len)
        return lambda: vocoder(mel), 1

    def run_from_prompt(self):
        """A whole run without a video; returns its seconds. As the reference's demo, it holds all
        networks in memory."""
        clip, network, vae, vocoder = self.clip(), self.flow(), self.vae(), self.vocoder()
        self.unused = self.synchformer()
        vae.remove_weight_norm()
        vocoder.remove_weight_norm()
        start = time.perf_counter()
        text, negative = [self.text(clip, prompt) for prompt in PROMPTS]
        conditions = network.preprocess_conditions(
            network.get_empty_clip_sequence(1), network.get_empty_sync_sequence(1), text)
        empty = network.get_empty_conditions(1, negative_text_features=negative)
        latents = self.sample(network, 25, conditions, empty)
        vocoder(vae.decode(network.unnormalize(latents).transpose(1, 2)))
        return time.perf_counter() - start

    def save(self, folder):
        """Writes checkpoints as they are published."""
        torch.save(self.clip().state_dict(), folder / "open_clip_pytorch_model.bin")
        torch.save(self.flow().state_dict(), folder / f"mmaudio_{self.variant}.pth")
        torch.save(self.vae().state_dict(), folder / "vae.pth")
        torch.save({"generator": self.vocoder().state_dict()}, folder / "vocoder.pt")


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


def compare_end_to_end(arguments, folder):
    """Medians of ((seconds, bytes) of the reference, (seconds, bytes) of ours)."""
    itself = [
        sys.executable, __file__, str(arguments.reference), "--variant", arguments.variant,
        "--threads", str(arguments.threads)]
    models = arguments.models
    if not models:
        published, models = folder / "published", str(folder / "models")
        published.mkdir()
        timed(itself + ["--save-reference", str(published)])
        timed([arguments.mmaudio, "convert", str(published), "-o", models])
        for file in published.iterdir():
            file.unlink()
    generate = [
        arguments.mmaudio, "generate", "--prompt", PROMPTS[0], "--negative-prompt", PROMPTS[1],
        "--variant", arguments.variant, "--models", models, "-q", "--force",
        "--threads", str(arguments.threads), "-o", str(folder / "sound.wav")]
    ours, theirs = [], []
    for _ in range(arguments.repeats):
        ours.append(timed(generate)[:2])
        _, memory, output = timed(itself + ["--run-reference"])
        theirs.append((float(output.split()[-1]), memory))
    return [tuple(map(statistics.median, zip(*runs))) for runs in (theirs, ours)]


def line(name, unit, theirs, ours, scale="s", peak=""):
    """A row of the table."""
    return (f"{name:<15}{unit:<9}{theirs:>12.2f} {scale:<2}{ours:>12.2f} {scale:<2}"
            f"{ours / theirs:>8.2f}{peak:>10}").rstrip()


def main():
    arguments = parse_arguments()
    if arguments.run_reference or arguments.save_reference:
        import_reference(arguments.reference, arguments.threads)
        reference = Reference(arguments.reference, arguments.variant)
        if arguments.save_reference:
            reference.save(arguments.save_reference)
        else:
            print(reference.run_from_prompt())
        return
    print(f"{arguments.variant}, 8 s, float32, {arguments.threads} threads, "
          f"medians of {arguments.repeats}")
    machine = timed([arguments.mmaudio, "--version"])[2].splitlines()[-1]
    print(machine.rsplit(",", 1)[0])  # the rest is the number of threads that it would take
    print(f"\n{'what':<15}{'a':<9}{'PyTorch':>15}{'mmaudio':>15}{'ratio':>8}{'of peak':>10}")
    names = arguments.stage or STAGES + ["end-to-end"]
    # First, while this process is small: a child's peak begins with its parent's memory.
    if "end-to-end" in names:
        with tempfile.TemporaryDirectory(prefix="mmaudio-compare-") as folder:
            theirs, ours = compare_end_to_end(arguments, Path(folder))
        print(line("end to end", "run", theirs[0], ours[0]))
        print(line("peak memory", "run", theirs[1] / 1e9, ours[1] / 1e9, "GB"), flush=True)
    stages = [name for name in STAGES if name in names]
    if stages:
        import_reference(arguments.reference, arguments.threads)
    for name in stages:
        theirs, ours, unit, peak = compare_stage(name, arguments)
        print(line(name, unit, theirs, ours, peak=f"{peak:.2f}"), flush=True)
    print("\nOf peak: our rate of direct operations over that of a large sgemm.")


if __name__ == "__main__":
    main()
