#!/usr/bin/env bash
# Makes the videos with several streams and the stills that the tests read: Scripts/make_stream_fixtures.sh
# Needs ffmpeg with x264, x265, libvpx, libaom and libwebp. The results are committed, as encoders change.
set -euo pipefail
cd "$(dirname "$0")/../Tests/MMAudioMediaTests/Fixtures"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
run() { ffmpeg -hide_banner -loglevel error -y -fflags +bitexact "$@"; }
picture() { echo "testsrc2=size=64x48:rate=$1:duration=$2"; }
x264=(-c:v libx264 -preset slow -crf 45 -pix_fmt yuv420p)

# Two videos: the second is the default in one file, the longer one in the other.
run -f lavfi -i "$(picture 10 2)" -f lavfi -i "color=red:size=32x32:rate=10:duration=1" -map 0 -map 1 \
  "${x264[@]}" -disposition:v:0 0 -disposition:v:1 default stream_default.mkv
cp stream_default.mkv ../../MMAudioCLITests/Fixtures/two_videos.mkv
run -f lavfi -i "$(picture 10 0.8)" -f lavfi -i "color=red:size=32x32:rate=10:duration=2" -map 0 -map 1 \
  "${x264[@]}" -disposition:v:0 default -disposition:v:1 default stream_longest.mp4

# A cover in front of the video that is not marked as one.
run -f lavfi -i color=red:size=16x16 -frames:v 1 -c:v png "$work/cover.png"
for ending in mp4 mkv; do
  run -i "$work/cover.png" -f lavfi -i "$(picture 10 1)" -map 0 -map 1 -c:v:0 mjpeg -c:v:1 libx264 \
    -preset slow -crf 45 -pix_fmt yuv420p "stream_cover.$ending"
done

# HEVC with its parameter sets in a header, and among the pictures.
hevc=(-c:v libx265 -x265-params log-level=none:keyint=5 -crf 45 -pix_fmt yuv420p)
run -f lavfi -i "$(picture 10 0.5)" "${hevc[@]}" hevc.mkv
run -i hevc.mkv -c copy hevc.ts
run -i hevc.ts -c copy -tag:v hev1 hevc_hev1.mp4

# Pictures that are decoded in another order than shown, in a container that says only when they are decoded.
run -f lavfi -i "$(picture 25 0.8)" "${x264[@]}" -bf 3 -b_strategy 0 stream_order.avi

# Pictures without time, and some that move.
run -f lavfi -i "$(picture 10 1)" -frames:v 1 -c:v libaom-av1 -still-picture 1 -cpu-used 8 still.avif
run -f lavfi -i "$(picture 10 0.5)" -c:v libaom-av1 -cpu-used 8 moving.avif
run -f lavfi -i "$(picture 10 1)" -frames:v 1 still.gif
run -f lavfi -i "$(picture 10 0.5)" moving.gif
run -f lavfi -i "$(picture 10 0.5)" -c:v libwebp_anim moving.webp
run -f lavfi -i "$(picture 10 0.5)" -plays 0 -f apng moving.png
run -f lavfi -i "color=red:size=16x16:rate=10" -frames:v 1 "${x264[@]}" one_frame.mp4
ls -l stream_* hevc* still.* moving.* one_frame.*

# VP9 whose transparency stands beside the pictures, with subtitles that have a look, and a time code.
printf '%s\n' '[Script Info]' 'ScriptType: v4.00+' '[V4+ Styles]' \
  'Format: Name, Fontname, Fontsize, PrimaryColour' 'Style: Default,Arial,20,&H00FFFFFF' '[Events]' \
  'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text' \
  'Dialogue: 0,0:00:00.10,0:00:00.40,Default,,0,0,0,,A {\i1}hammer{\i0}' >"$work/words.ass"
run -f lavfi -i "$(picture 10 0.5),format=yuva420p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a=128" \
  -i "$work/words.ass" -map 0:v -map 1:s -c:v libvpx-vp9 -crf 60 -b:v 0 -auto-alt-ref 0 -c:s ass \
  stream_alpha.mkv
run -f lavfi -i "$(picture 10 0.5)" "${x264[@]}" -timecode 01:00:00:00 stream_timecode.mov

# A tone of its own for each channel of 5.1, with the loudspeakers of films at the sides.
run -f lavfi -i "$(picture 10 0.5)" -f lavfi -i "aevalsrc=0.1*sin(2*PI*400*t)|0.1*sin(2*PI*700*t)|\
0.1*sin(2*PI*1000*t)|0.1*sin(2*PI*60*t)|0.1*sin(2*PI*1300*t)|0.1*sin(2*PI*1600*t):s=48000:d=0.5:c=5.1(side)" \
  "${x264[@]}" -c:a ac3 -b:a 192k stream_surround.mkv
