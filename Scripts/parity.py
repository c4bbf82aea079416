#!/usr/bin/env python3
"""Compare the binary with the goldens of the reference and print a table.

    Scripts/parity.py PARITY [--full] [--only WORD ...] [--work DIR] [--binary PATH]

PARITY is the folder with golden/, videos/ and make_checkpoints.py. Checkpoints are made there and
converted by the binary itself. --full adds the published sizes (16 GB of disk, half an hour).
Needs numpy, safetensors and torch. Exits with 1 if a line is out of tolerance.
"""
import argparse, json, pathlib, shutil, struct, subprocess, sys, tempfile
import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('parity', type=pathlib.Path)
parser.add_argument('--full', action='store_true')
parser.add_argument('--only', nargs='*', default=[])
parser.add_argument('--work', type=pathlib.Path, help='keeps checkpoints and models between runs')
parser.add_argument('--binary', type=pathlib.Path, default=root / '.build/release/mmaudio')
arguments = parser.parse_args()
parity, golden = arguments.parity.resolve(), arguments.parity.resolve() / 'golden'
work = arguments.work or pathlib.Path(tempfile.mkdtemp(prefix='mmaudio-parity-'))
failures = []

FULL_FILES = {
    'clip': ['open_clip_pytorch_model.bin'], 'sync': ['synchformer_state_dict.pth'],
    'decode_16k': ['v1-16.pth', 'best_netG.pt'], 'decode_44k': ['v1-44.pth', 'bigvgan_generator.pt'],
    'flow_small_16k': ['mmaudio_small_16k.pth'], 'flow_small_44k': ['mmaudio_small_44k.pth'],
    'flow_large_44k_v2': ['mmaudio_large_44k_v2.pth'],
}


def run(*words):
    done = subprocess.run([arguments.binary, *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: exit {done.returncode}: {done.stderr.strip()}")


def models(full, kinds=()):
    """The folder of converted models, with what is asked for in it."""
    folder = work / ('models-full' if full else 'models-tiny')
    sources = work / ('full' if full else 'tiny')
    wanted = sorted({f for k in kinds for f in FULL_FILES[k]}) if full else []
    marks = [folder / f'.{f}' for f in wanted] if full else [folder / '.all']
    if all(m.exists() for m in marks):
        return folder
    todo = [f for f, m in zip(wanted, marks) if not m.exists()]
    for batch in ([[f] for f in todo] if full else [[]]):
        subprocess.run([sys.executable, parity / 'make_checkpoints.py', sources,
                        *(['--only', *batch] if batch else [])], check=True, stdout=subprocess.DEVNULL)
        run('convert', sources, '-o', folder)
        shutil.rmtree(sources)
        for m in ([folder / f'.{f}' for f in batch] if full else marks):
            m.touch()
    return folder


def stage(name, tensors=None, folder=None, **options):
    inputs, outputs = work / 'in.safetensors', work / 'out.safetensors'
    words = ['stage', name, '--output', outputs]
    if tensors is not None:
        save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, inputs)
        words += ['--input', inputs]
    if folder:
        words += ['--models', folder]
    for key, value in options.items():
        for item in value if isinstance(value, list) else [value]:
            words += [f'--{key}={item}']
    run(*words)
    return load_file(outputs)


def report(line, error, bound, unit='rel'):
    good = bool(error <= bound if unit != 'dB' else error >= bound)
    print(f"{'ok  ' if good else 'FAIL'}  {line:58} {error:10.3g} {'≥' if unit == 'dB' else '≤'} {bound:g} {unit}", flush=True)
    if not good:
        failures.append(line)


def rel(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    return float(np.abs(a.astype(np.float64) - b).max() / np.abs(b).max())


def snr(a, b):
    assert a.shape == b.shape, (a.shape, b.shape)
    return float(10 * np.log10((b.astype(np.float64) ** 2).sum() / max(((a.astype(np.float64) - b) ** 2).sum(), 1e-30)))


def read_wav(path):
    data = path.read_bytes()
    position, samples = 12, None
    while position < len(data):
        name, size = data[position:position + 4], struct.unpack('<I', data[position + 4:position + 8])[0]
        if name == b'data':
            samples = np.frombuffer(data[position + 8:position + 8 + size], np.float32)
        position += 8 + size + size % 2
    return samples[None]


def load(path):
    with safe_open(path, 'np') as f:
        return {k: f.get_tensor(k) for k in f.keys()}, f.metadata() or {}


def check_rng(name, g, meta):
    for key, value in g.items():
        seed, shape = key.removeprefix('seed').split('_')
        out = stage('noise', seed=seed, shape=shape.replace('x', ','))['x']
        report(f'{name} {key}', float(np.abs(out - value).max()), 1e-6, 'absolute')


def check_tokenizer(name, g, meta):
    out = stage('tokenize', prompt=json.loads(meta['prompts']))['tokens']
    report(f'{name} tokens', int((out != g['tokens']).sum()), 0, 'different')


def check_frames(name, g, meta):
    bound = 2.5 if '10bit' in name else 0.05
    out = stage('frames', video=parity / 'videos' / meta['file'], duration=8.0)
    for kind in ('clip', 'sync'):
        frames = out[f'{kind}_frames']
        report(f'{name} {kind} count', abs(len(frames) - int(meta[f'n_{kind}'])), 0, 'different')
        if 'rotated' in name:
            continue
        picked = frames[json.loads(meta[f'{kind}_index'])].astype(np.float64)
        report(f'{name} {kind} frames', float(np.abs(picked - g[f'{kind}_frames']).mean()), bound, 'of 255')
        means = frames.astype(np.float64).mean(axis=(2, 3))
        scale = 255 if g[f'{kind}_means'].max() <= 1.0 else 1
        report(f'{name} {kind} means', float(np.abs(means - g[f'{kind}_means'] * scale).max()), bound, 'of 255')


def formula_frames(count, size, sync):
    x, y = np.meshgrid(np.linspace(0, 6.28, size), np.linspace(0, 6.28, size))
    frames = np.empty((count, 3, size, size), np.uint8)
    for i in range(count):
        for c in range(3):
            v = (np.sin(y * (c + 1) + 0.3 * i) * np.cos(x * 2 + c + 0.2 * i) if sync
                 else np.sin(y * (c + 1) + i) * np.cos(x * (i + 1) + c))
            frames[i, c] = np.round((v * 0.4 + 0.5) * 255)
    return frames


def check_clip(name, g, meta):
    folder = models(name.startswith('full'), ['clip'])
    frames = g.get('frames_u8')
    if frames is None:
        frames = formula_frames(len(g['image_features']), 384, sync=False)
    out = stage('clip-image', {'frames_u8': frames}, folder)['image_features']
    report(f'{name} image_features', rel(out, g['image_features']), 2e-4)
    out = stage('clip-text', {'tokens': g['tokens'].astype(np.int32)}, folder)['text_features']
    report(f'{name} text_features', rel(out, g['text_features']), 2e-4)


def check_sync(name, g, meta):
    folder = models(name.startswith('full'), ['sync'])
    frames = formula_frames(int(meta['nframes']), 224, sync=True)
    out = stage('sync', {'sync_frames_u8': frames}, folder)['sync_features']
    report(f'{name} sync_features', rel(out, g['sync_features']), 2e-4)


def check_decode(name, g, meta):
    folder = models(name.startswith('full'), [f"decode_{meta['mode']}"])
    report(f'{name} mel', rel(stage('vae-decode', {'z': g['z']}, folder)['mel'], g['mel']), 2e-4)
    out = stage('vae-encode', {'enc_mel': g['enc_mel']}, folder)
    report(f'{name} enc_mean', rel(out['enc_mean'], g['enc_mean']), 2e-4)
    report(f'{name} enc_std', rel(out['enc_std'], g['enc_std']), 2e-4)
    out = stage('vocode', {'vocoder_mel': g['vocoder_mel']}, folder)['audio']
    report(f'{name} audio', rel(out, g['audio']), 2e-4)


def check_flow(name, g, meta):
    folder = models(name.startswith('full'), [f"flow_{meta['variant']}"])
    options = dict(variant=meta['variant'], duration=meta['duration'])
    out = stage('conditions', g, folder, **options)
    for key in ('clip_f', 'sync_f', 'text_f', 'clip_c', 'text_c'):
        report(f'{name} cond_{key}', rel(out[f'cond_{key}'], g[f'cond_{key}']), 2e-4)
    out = stage('flow', g, folder, cfg=meta['cfg'], **options)
    for key in ('flow_cond', 'flow_empty', 'flow_cfg'):
        report(f'{name} {key}', rel(out[key], g[key]), 2e-4)
    if 'latent' in g:
        out = stage('sample', g, folder, cfg=meta['cfg'], steps=meta['steps'], **options)
        for key in ('latent', 'latent_unnormalized'):
            report(f'{name} {key}', rel(out[key], g[key]), 1e-3)


def check_e2e(name, g, meta):
    full = meta['tiny'] == 'False'
    rate = '16k' if '16k' in meta['variant'] else '44k'
    folder = models(full, ['clip', f'decode_{rate}', f"flow_{meta['variant']}"])
    wav = work / 'out.wav'
    words = ['generate', '--models', folder, '--variant', meta['variant'], f"--prompt={meta['prompt']}",
             f"--negative-prompt={meta['negative']}", '--duration', meta['duration'], '--steps', meta['steps'],
             '--cfg', meta['cfg'], '--seed', meta['noise_seed'], '--bit-depth', '32f', '--force', '-q', '-o', wav]
    if meta['video']:
        words.insert(1, parity / 'videos' / meta['video'])
        # A window of the video's own length, as the reference has it.
        words += ['--window', meta['duration']]
    if meta['maskclip'] == 'True':
        words.append('--mask-video')
    run(*words)
    report(f'{name} audio', snr(read_wav(wav), g['audio']), 50 if meta['video'] else 60, 'dB')


CHECKS = {'rng_': check_rng, 'tokenizer': check_tokenizer, 'frames_': check_frames, 'clip': check_clip,
          'sync': check_sync, 'decode_': check_decode, 'flow_': check_flow, 'e2e_': check_e2e}

work.mkdir(parents=True, exist_ok=True)
for path in sorted(golden.glob('*.safetensors')):
    name = path.stem
    full = name.startswith('full_') or '_full_' in name
    if full and not arguments.full or arguments.only and not any(w in name for w in arguments.only):
        continue
    tensors, metadata = load(path)
    kind = name.removeprefix('tiny_').removeprefix('full_')
    try:
        next(check for prefix, check in CHECKS.items() if kind.startswith(prefix))(name, tensors, metadata)
    except (RuntimeError, AssertionError) as error:
        print(f'FAIL  {name}: {error}')
        failures.append(name)
if not arguments.work:
    shutil.rmtree(work)
print(f'{len(failures)} out of tolerance')
sys.exit(1 if failures else 0)
