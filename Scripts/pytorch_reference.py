"""The reference's own networks, with random weights of the published sizes, in PyTorch float32.

Also what compare_with_pytorch.py has done in processes of their own, whose time from the start and
whose peak of memory count:

    pytorch_reference.py CHECKOUT VARIANT THREADS save FOLDER
    pytorch_reference.py CHECKOUT VARIANT THREADS prompt
    pytorch_reference.py CHECKOUT VARIANT THREADS start FOLDER
    pytorch_reference.py CHECKOUT VARIANT THREADS video FOLDER FILE

`save` writes checkpoints as they are published, which `start` and `video` load as the reference's
demo does.
"""

import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

FRAMES, SEGMENTS, STEPS = 4, 2, 2
PROMPTS = ["waves, seagulls", "music"]
# What `start` prints when the first Euler step begins.
FIRST_STEP = "first step"


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
        torch.save(self.flow().state_dict(), folder / f"mmaudio_{self.variant}.pth")
        torch.save(self.clip().state_dict(), folder / "open_clip_pytorch_model.bin")
        torch.save(self.synchformer().state_dict(), folder / "synchformer_state_dict.pth")
        torch.save(self.vae().state_dict(), folder / "vae.pth")
        torch.save({"generator": self.vocoder().state_dict()}, folder / "vocoder.pt")

    def load(self, folder):
        """The flow network and the reference's FeaturesUtils with weights from checkpoints, in the
        order of its demo, which would download some of them."""
        from mmaudio.model.utils.features_utils import FeaturesUtils
        from torchvision.transforms import Normalize

        def read(name):
            return torch.load(folder / name, map_location="cpu", weights_only=True)

        network = self.flow()
        network.load_weights(read(f"mmaudio_{self.variant}.pth"))
        utils = FeaturesUtils(enable_conditions=False)
        utils.clip_model = self.clip()
        utils.clip_model.load_state_dict(read("open_clip_pytorch_model.bin"))
        utils.clip_preprocess = Normalize(
            mean=[0.48145466, 0.4578275, 0.40821073], std=[0.26862954, 0.26130258, 0.27577711])
        utils.tokenizer = self.tokenizer
        utils.synchformer = self.synchformer()
        utils.synchformer.load_state_dict(read("synchformer_state_dict.pth"))
        vae = self.vae()
        vae.load_state_dict(read("vae.pth"))
        vae.remove_weight_norm()
        del vae.encoder
        vocoder = self.vocoder()
        vocoder.load_state_dict(read("vocoder.pt")["generator"])
        vocoder.remove_weight_norm()
        utils.tod = SimpleNamespace(decode=vae.decode, vocode=vocoder)
        return network, utils

    def generate(self, network, utils, clip_frames=None, sync_frames=None):
        """The reference's own `generate`."""
        from mmaudio.eval_utils import generate
        from mmaudio.model.flow_matching import FlowMatching

        return generate(
            clip_frames, sync_frames, PROMPTS[:1], negative_text=PROMPTS[1:], feature_utils=utils,
            net=network, fm=FlowMatching(min_sigma=0, inference_mode="euler", num_steps=STEPS),
            rng=torch.Generator().manual_seed(42), cfg_strength=4.5)

    def start(self, folder):
        """Loads everything, and ends the process where the first Euler step of a prompt begins."""
        network, utils = self.load(folder)

        def first_step(*_):
            print(FIRST_STEP, flush=True)
            os._exit(0)

        network.ode_wrapper = first_step
        self.generate(network, utils)

    def run_from_video(self, folder, video):
        """A whole run of up to 8 s from a video; memory does not depend on the number of steps."""
        from mmaudio.eval_utils import load_video

        network, utils = self.load(folder)
        info = load_video(video, 8)
        lengths = self.lengths()
        lengths.duration = info.duration_sec
        network.update_seq_lengths(
            lengths.latent_seq_len, lengths.clip_seq_len, lengths.sync_seq_len)
        self.generate(network, utils, info.clip_frames[None], info.sync_frames[None])


def main():
    checkout, variant, threads, task, *paths = sys.argv[1:]
    import_reference(Path(checkout), int(threads))
    reference = Reference(Path(checkout), variant)
    paths = [Path(path) for path in paths]
    if task == "save":
        reference.save(*paths)
    elif task == "prompt":
        print(reference.run_from_prompt())
    elif task == "start":
        reference.start(*paths)
    elif task == "video":
        reference.run_from_video(*paths)
    else:
        sys.exit(f"there is no task {task}")


if __name__ == "__main__":
    main()
