#!/usr/bin/env bash
# Gives ten kinds of video their sound and checks that nothing else of them changed:
#   Scripts/check_muxing.sh MMAUDIO
# For developers: needs ffmpeg with x264, x265, libvpx, SVT-AV1 or libaom, and some minutes.
set -euo pipefail
program="$(realpath "${1:?usage: $0 MMAUDIO}")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
run() { ffmpeg -hide_banner -loglevel error -y "$@" </dev/null; }

pictures=(-f lavfi -i "testsrc2=size=320x240:rate=25:duration=3")
tone=(-f lavfi -i "sine=frequency=440:sample_rate=48000:duration=3")
printf '1\n00:00:00,200 --> 00:00:01,900\nA hammer\n' >words.srt
x264=(-c:v libx264 -preset veryfast -bf 2 -pix_fmt yuv420p)
bt709=(-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv)
hdr="hdr-opt=1:repeat-headers=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
hdr+=":master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
hdr+=":max-cll=1000,400:log-level=error"

run "${pictures[@]}" "${x264[@]}" "${bt709[@]}" 01_h264_silent.mp4
run "${pictures[@]}" "${tone[@]}" "${x264[@]}" -c:a aac plain.mp4
run -i plain.mp4 -c copy -metadata:s:v:0 rotate=90 02_h264_rotated_sound.mp4
run "${pictures[@]}" "${tone[@]}" -i words.srt -map 0 -map 1 -map 2 "${x264[@]}" -c:a aac \
  -c:s mov_text 03_h264_subtitles.mp4
run "${pictures[@]}" "${tone[@]}" -i words.srt -map 0 -map 1 -map 2 "${x264[@]}" -c:a libvorbis \
  -c:s srt 04_h264_subtitles.mkv
run "${pictures[@]}" -vf "select='not(mod(n,3))+eq(mod(n,7),2)'" -vsync vfr "${x264[@]}" \
  -output_ts_offset 1.5 05_h264_uneven_offset.mkv
run -i 05_h264_uneven_offset.mkv -c copy -copyts 06_h264_uneven_offset.mp4
run "${pictures[@]}" -c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -x265-params "$hdr" \
  -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -color_range tv \
  -tag:v hvc1 07_hevc_hdr.mp4
run "${pictures[@]}" "${tone[@]}" -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 200k \
  -c:a libopus 08_vp9_sound.webm
run "${pictures[@]}" -c:v libsvtav1 -preset 12 09_av1.mkv 2>/dev/null ||
  run "${pictures[@]}" -c:v libaom-av1 -cpu-used 8 -usage realtime 09_av1.mkv
run "${pictures[@]}" "${tone[@]}" -c:v prores_ks -profile:v 1 "${bt709[@]}" -c:a pcm_s16le \
  10_prores_sound.mov

# One line of what must stay the same, by its name.
packets() { ffmpeg -v error -i "$1" -map 0:v:0 -c copy -f streamhash - </dev/null; }
frames() {
  ffprobe -v error -select_streams v:0 -count_packets -show_entries stream=nb_read_packets \
    -of csv=p=0 "$1" | head -n 1
}
looks() {
  ffprobe -v error -select_streams v:0 -show_entries \
    stream=codec_name,width,height,pix_fmt,sample_aspect_ratio,color_range,color_space,color_transfer,color_primaries,avg_frame_rate:stream_side_data_list \
    -of compact "$1"
  ffprobe -v error -select_streams v:0 -read_intervals '%+#1' -show_frames -show_entries \
    frame=color_range:frame_side_data_list -of compact "$1" | grep -v '^stream' || true
}
tag() { ffprobe -v error -select_streams v:0 -show_entries stream=codec_tag_string -of csv=p=0 "$1" | head -n 1; }
# Times of the pictures since the first that is shown, to the millisecond, which is all that Matroska has.
times() {
  ffprobe -v error -select_streams v:0 -show_entries packet=pts_time -of csv=p=0 "$1" |
    awk -F, '{t[NR] = $1; if (NR == 1 || $1 < first) first = $1}
             END {for (i = 1; i <= NR; i++) printf "%.3f\n", t[i] - first}' | md5sum
}
others() {
  ffprobe -v error -show_entries stream=codec_type,codec_name -of csv=p=0 "$1" |
    grep -E 'subtitle|attachment' | sort || true
}
# Seconds from the first picture until the last packet of a stream (v:0, a:0) ends.
first() {
  ffprobe -v error -select_streams v:0 -show_entries packet=pts_time -of csv=p=0 "$1" |
    awk -F, 'NR == 1 || $1 < first {first = $1} END {printf "%.6f", first}'
}
end() {
  ffprobe -v error -select_streams "$2" -show_entries packet=pts_time,duration_time -of csv=p=0 "$1" |
    awk -F, -v first="$(first "$1")" '{e = $1 + $2; if (e > end) end = e} END {printf "%.6f", end - first}'
}
same() { [ "$("$1" "$2")" = "$("$1" "$3")" ] && echo same || echo DIFFERS; }
near() { awk -v a="$1" -v b="$2" 'BEGIN {d = a - b; print (d < 0.041 && d > -0.041) ? "same" : "DIFFERS"}'; }

failed=0
printf '%-26s %-8s %-8s %-8s %-8s %-8s %-8s %-8s %s\n' \
  source packets frames times looks tag other length sound
for source in [01][0-9]_*; do
  out="out.${source##*.}"
  rm -f "$out"
  if ! "$program" generate "$source" --variant nano_16k --steps 1 -o "$out" >/dev/null 2>log </dev/null; then
    printf '%-26s failed: %s\n' "$source" "$(tail -n 1 log)"
    failed=1
    continue
  fi
  row="$(printf '%-26s %-8s %-8s %-8s %-8s %-8s %-8s %-8s %s' "$source" \
    "$(same packets "$source" "$out")" "$(same frames "$source" "$out")" \
    "$(same times "$source" "$out")" "$(same looks "$source" "$out")" \
    "$(same tag "$source" "$out")" "$(same others "$source" "$out")" \
    "$(near "$(end "$source" v:0)" "$(end "$out" v:0)")" \
    "$(near "$(end "$source" v:0)" "$(end "$out" a:0)")")"
  echo "$row"
  case "$row" in *DIFFERS*) failed=1 ;; esac
  # Every frame of both must decode without a word.
  errors="$(ffmpeg -v error -i "$out" -f null - </dev/null 2>&1 || echo "does not decode")"
  [ -z "$errors" ] || { echo "$source: $errors"; failed=1; }
done
[ "$failed" -eq 0 ] && echo "muxing: nothing but the sound differs"
exit "$failed"
