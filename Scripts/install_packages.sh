#!/usr/bin/env bash
# Installs the system packages that mmaudio is built with and runs on (Debian, Ubuntu).
set -euo pipefail
sudo=""
[ "$(id -u)" -eq 0 ] || sudo="sudo"
$sudo apt-get update -qq
DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends \
  pkg-config libavfilter-dev libavformat-dev libavcodec-dev libavutil-dev libswresample-dev \
  libswscale-dev libopenblas-dev libsndfile1-dev libcurl4-openssl-dev jq
