#!/usr/bin/env bash
# Makes the videos that the tests of muxing read: Scripts/make_mux_fixtures.sh
# Needs ffmpeg with x264, libvpx and libopus. The results are committed, as encoders change.
set -euo pipefail
cd "$(dirname "$0")/../Tests/MMAudioMediaTests/Fixtures"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
run() { ffmpeg -hide_banner -loglevel error -y -fflags +bitexact "$@"; }
picture() { echo "testsrc2=size=64x48:rate=$1:duration=$2"; }

printf '1\n00:00:00,200 --> 00:00:00,900\nA hammer\n\n2\n00:00:01,100 --> 00:00:01,800\nA bell\n' \
  >"$work/words.srt"
printf ';FFMETADATA1\ntitle=Two strikes\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=Hammer\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Bell\n' \
  >"$work/chapters.txt"
printf 'not really a font' >"$work/words.ttf"

# H.264 with B-frames, colour tags, an aspect ratio, a rotation, chapters, subtitles and stereo sound
# (a tone of 1 kHz at a quarter of full scale, equal on both sides).
run -f lavfi -i "$(picture 12 2)" \
  -f lavfi -i "aevalsrc=0.25*sin(2*PI*1000*t)|0.25*sin(2*PI*1000*t):s=44100:d=2" \
  -i "$work/words.srt" -i "$work/chapters.txt" -map 0:v -map 1:a -map 2:s \
  -map_metadata 3 -map_chapters 3 -c:v libx264 -preset slow -bf 2 -crf 35 -pix_fmt yuv420p \
  -vf setsar=4/3 -color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv \
  -c:a aac -b:a 48k -c:s mov_text -metadata:s:s:0 language=deu "$work/upright.mp4"
run -i "$work/upright.mp4" -map 0:v -map 0:a -map 0:s -c copy -metadata:s:v:0 rotate=90 mux_full.mp4

# Pictures at uneven times from 1.5 s on, subtitles, an attachment and Vorbis.
run -f lavfi -i "$(picture 25 2)" -f lavfi -i "sine=frequency=500:sample_rate=22050:duration=2" \
  -i "$work/words.srt" -attach "$work/words.ttf" -metadata:s:t:0 mimetype=application/x-truetype-font \
  -map 0:v -map 1:a -map 2:s -vf "select='not(mod(n,3))+eq(mod(n,7),2)'" -vsync vfr \
  -c:v libx264 -crf 35 -pix_fmt yuv420p -c:a libvorbis -c:s srt -output_ts_offset 1.5 mux_offset.mkv

# The same pictures in mp4, from 1.5 s on by an edit list.
run -i mux_offset.mkv -map 0:v -c copy -copyts mux_offset.mp4

run -f lavfi -i "$(picture 10 1)" -f lavfi -i "sine=frequency=500:sample_rate=48000:duration=1" \
  -c:v libvpx-vp9 -crf 50 -b:v 0 -c:a libopus -b:a 16k mux_vp9.webm

# Sound that webm cannot hold.
run -i mux_vp9.webm -f lavfi -i "sine=frequency=500:sample_rate=8000:duration=1" \
  -map 0:v -map 1:a -c:v copy -c:a flac mux_flac.mkv

# A cover picture.
run -f lavfi -i color=red:size=16x16 -frames:v 1 -c:v png "$work/cover.png"
run -i mux_offset.mp4 -i "$work/cover.png" -map 0:v -map 1:v -c copy -disposition:v:1 attached_pic \
  mux_cover.mp4

# Pictures that are stored in another order than shown, in a container that states no times.
run -f lavfi -i "$(picture 25 1)" -c:v mpeg4 -bf 2 -q:v 20 mux_order.avi
ls -l mux_*
