#!/usr/bin/env bash
# Has the argument parser write what goes beside the program:
#
#   Scripts/build_documents.sh PROGRAM FOLDER
#
# FOLDER gets the manual page `mmaudio.1` and the completions `mmaudio.bash`, `mmaudio.zsh` and
# `mmaudio.fish`.
set -euo pipefail
program="$(realpath "${1:?usage: $0 PROGRAM FOLDER}")"
folder="$(realpath -m "${2:?usage: $0 PROGRAM FOLDER}")"
mkdir -p "$folder"
cd "$(dirname "$0")/.."

# Completions are read by a shell, so they need no line that names an interpreter.
for shell in bash zsh fish; do
  "$program" --generate-completion-script "$shell" | sed '1{/^#!/d}' >"$folder/mmaudio.$shell"
done

# The parser's own tool for manual pages leaves out values and defaults. It asks the program what there
# is; so it gets a program that answers with these in the descriptions.
described="$(mktemp)"
trap 'rm -f "$described"' EXIT
cat >"$described" <<SCRIPT
#!/usr/bin/env bash
"$program" --experimental-dump-help | jq '
  .command.abstract |= rtrimstr(".")
  | walk(
      if type == "object" and has("valueName") then
        ([if .allValues then "values: " + (.allValues | join(", ")) else empty end,
          if .defaultValue then "default: " + .defaultValue else empty end] | join("; ")) as \$hint
        | if \$hint == "" then . else .abstract += " (\(\$hint))" end
        | del(.allValues)
      else . end)'
SCRIPT
chmod +x "$described"
# The last --product counts.
Scripts/build.sh --product generate-manual
date="@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
LC_ALL=C .build/release/generate-manual "$described" --date "$(date -u -d "$date" +%F)" \
  --output-directory "$folder"
