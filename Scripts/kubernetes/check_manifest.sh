#!/usr/bin/env bash
# Lints job.yaml, and checks it against Kubernetes' own schemas; runs nothing in a cluster.
# Needs Python 3 with venv, and PyPI.
set -euo pipefail
cd "$(dirname "$0")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
fail() {
  echo "check_manifest: $*" >&2
  exit 1
}
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q --disable-pip-version-check yamllint==1.37.1 kubernetes-validate==1.37.0
"$work/venv/bin/yamllint" --strict \
  -d '{extends: default, rules: {line-length: {max: 110}, document-start: disable, braces: {max-spaces-inside: 0}}}' \
  job.yaml
# The oldest that it is for, and a recent one.
for version in 1.29 1.37; do
  "$work/venv/bin/kubernetes-validate" --quiet --strict -k "$version" job.yaml
done
# A check that cannot fail is none.
sed 's/completionMode/completionsMode/' job.yaml >"$work/wrong.yaml"
if "$work/venv/bin/kubernetes-validate" --quiet --strict -k 1.37 "$work/wrong.yaml" >"$work/said" 2>&1; then
  fail "a wrong manifest passes"
fi
grep -q completionsMode "$work/said" || fail "a wrong manifest fails for another reason: $(cat "$work/said")"
parts="$(sed -n 's/^  completions: //p' job.yaml)"
grep -q -- "--shard=auto/$parts\$" job.yaml || fail "--shard is not of the $parts completions"
echo "check_manifest: job.yaml holds"
