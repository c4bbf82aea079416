#!/usr/bin/env bash
# Makes pages with `mmaudio generate --report` and looks at them in Chromium without a window:
#   Scripts/check_report.sh [--skip-without-chromium] [MMAUDIO [CLIP]]
# Fails if the browser complains, an image is broken, or a player does not play and follow clicks.
set -euo pipefail
skip=""
if [ "${1:-}" = --skip-without-chromium ]; then
  skip=yes
  shift
fi
program="$(realpath "${1:-$(dirname "$0")/../.build/release/mmaudio}")"
clip="$(realpath "${2:-$(dirname "$0")/../Models/nano/sample.mp4}")"
browser="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
if [ -z "$browser" ]; then
  echo "check_report: there is no Chromium; install the package 'chromium'" >&2
  [ -n "$skip" ] && echo "check_report: skipped" >&2 && exit 0
  exit 1
fi
work="$(mktemp -d)"
pid=""
clean() {
  [ -n "$pid" ] && kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
  rm -rf "$work"
}
trap clean EXIT
cd "$work"

cat >check.html <<'END'
<script>
addEventListener('load', async () => {
  const wait = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const problems = [];
  const expect = (holds, problem) => { if (!holds) problems.push(problem); };
  for (const image of document.images) {
    expect(image.naturalWidth > 0, `the picture '${image.alt}' is broken`);
  }
  expect(document.documentElement.scrollWidth <= innerWidth, `the page is wider than ${innerWidth}`);
  expect(players.length > 0, 'there is no player');
  for (const player of players) {
    const name = player.localName;
    const overlay = player.closest('.take').querySelector('.overlay');
    const seconds = Number(overlay.dataset.seconds);
    try { await player.play(); } catch (error) { problems.push(`the ${name} fails: ${error}`); }
    await wait(800);
    player.pause();
    expect(player.currentTime > 0.2, `the ${name} stands at ${player.currentTime} s`);
    expect(Math.abs(player.duration - seconds) < 0.5, `the ${name} has ${player.duration} s`);
    if (name == 'video') expect(player.videoWidth > 0, 'the video has no pictures');
    const head = parseFloat(overlay.querySelector('.playhead').style.left) / 100 * seconds;
    expect(Math.abs(head - player.currentTime) < 0.2, `the line is at ${head} s`);
    const box = overlay.getBoundingClientRect();
    overlay.dispatchEvent(
      new PointerEvent('pointerdown', { clientX: box.left + box.width / 2, clientY: box.top }));
    await wait(300);
    expect(
      Math.abs(player.currentTime - seconds / 2) < 0.1, `a click led to ${player.currentTime} s`);
  }
  console.log(`CHECKED ${problems.join('; ')}.`);
});
</script>
END

# Opens a page with the script above in a window of a width.
look() {
  local page="$1" width="$2" log="$1.$2.log" line flags=()
  # Chromium's sandbox refuses to work for root.
  [ "$(id -u)" -eq 0 ] && flags+=(--no-sandbox)
  cat "$page" check.html >"checked_$page"
  "$browser" --headless --disable-gpu --user-data-dir="$work/profile" --enable-logging=stderr \
    --autoplay-policy=no-user-gesture-required --window-size="$width,900" \
    --remote-debugging-port=0 "${flags[@]}" "file://$work/checked_$page" >"$log" 2>&1 &
  pid=$!
  for _ in $(seq 300); do
    grep -q "CHECKED" "$log" && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  pid=""
  # Everything that the page or the browser about the page had to say.
  line="$(grep "CONSOLE" "$log" || true)"
  if [ "$(wc -l <<<"$line")" -ne 1 ] || ! grep -qF '"CHECKED ."' <<<"$line"; then
    echo "check_report: $page in a window of $width pixels:" >&2
    echo "${line:-the browser said nothing; its log ends: $(tail -n 3 "$log")}" >&2
    exit 1
  fi
}

"$program" generate "$clip" -o clip.mp4 --report clip.html -q
"$program" generate --prompt '<script>alert("1")</script> & rain' -o prompt.wav \
  --report prompt.html -q
for page in clip.html prompt.html; do
  for width in 1200 500; do look "$page" "$width"; done
  echo "check_report: $page holds ($(stat -c %s "$page") bytes)"
done
