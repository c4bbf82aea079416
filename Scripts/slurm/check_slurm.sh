#!/usr/bin/env bash
# Runs batch.sbatch in a Slurm cluster of this one machine, kills what can be killed, and compares:
#   Scripts/slurm/check_slurm.sh [--skip-without-slurm] [MMAUDIO]
# Installs Debian's slurm-wlm and munge if they are not there. Where that cannot be done it fails, or
# with --skip-without-slurm says so and ends with status 0. Needs ffmpeg with x264, and two minutes.
set -euo pipefail
skip=""
if [ "${1:-}" = --skip-without-slurm ]; then
  skip=yes
  shift
fi
here="$(realpath "$(dirname "$0")")"
program="$(realpath "${1:-$here/../../.build/release/mmaudio}")"
sample="$here/../../Models/nano/sample.mp4"
PATH="$PATH:/usr/sbin"
has_slurm() {
  local name
  for name in munged slurmctld slurmd sbatch; do command -v "$name" >/dev/null || return 1; done
}
install() {
  local sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends slurm-wlm munge
}
if ! has_slurm && ! install >&2; then
  echo "check_slurm: the packages slurm-wlm and munge cannot be installed" >&2
  [ -n "$skip" ] && echo "check_slurm: skipped" >&2 && exit 0
  exit 1
fi

work="$(mktemp -d)"
chmod 711 "$work"
cd "$work"
munged="" slurmctld=""
# The processes of this cluster's node, tasks included: only they were started with this variable.
of_node() { grep -lzsx "SLURM_CONF=$work/slurm.conf" /proc/[0-9]*/environ | cut -d / -f 3 || true; }
kill_node() {
  local id
  for id in $(of_node); do kill -9 "$id" 2>/dev/null || true; done
}
clean() {
  local id
  kill_node
  # In this order: the controller takes its helper process with it.
  for id in $slurmctld $munged; do
    kill "$id" 2>/dev/null || true
    timeout 10 tail --pid="$id" -f /dev/null || kill -9 "$id"
  done
  rm -rf "$work"
}
trap clean EXIT
fail() {
  echo "check_slurm: $*" >&2
  client squeue -a >&2 || true
  tail -n 20 -v log.* slurmctld.log slurmd.log >&2 || true
  exit 1
}
step() { echo "check_slurm: ${SECONDS} s: $*"; }
# Waits up to SECONDS (first word) until a command (the rest) succeeds.
await() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || fail "waited in vain for: $*"
    sleep 0.1
  done
}
client() { SLURM_CONF="$work/slurm.conf" timeout 30 "$@"; }
submit() {
  client sbatch --parsable --cpus-per-task=1 --mem=100M --output="$work/log.%A_%a" "$@"
}
# Whether a job's description has a word, such as JobState=RUNNING.
has() { client scontrol show job --oneliner "$1" | grep -q " $2 "; }
is_over() { [ -z "$(client squeue -h -j "$1")" ]; }
node_is() { client sinfo -h -o %T | grep -q "$1"; }

# Sends a signal to the process of a task of the array that runs a program.
signal_task() {
  local id
  for id in $(of_node); do
    if [ "$(readlink "/proc/$id/exe")" = "$(realpath "$3")" ] &&
      grep -qzx "SLURM_ARRAY_TASK_ID=$2" "/proc/$id/environ"; then
      kill -"$1" "$id"
      return
    fi
  done
  fail "task $2 was over before it got signal $1"
}

mkdir in munge state spool
chmod 711 munge
export XDG_CACHE_HOME="$work/cache"
for i in $(seq -w 1 24); do
  ffmpeg -hide_banner -loglevel error -ss "0.$i" -i "$sample" -t 2 -c:v libx264 -preset ultrafast \
    "in/c$i.mp4" </dev/null
done
# More steps than one would take, and nothing kept, so that there is time to kill something.
clips=("$work/in" --variant nano_16k --steps 100 --cache-size 0)
timeout 120 "$program" batch "${clips[@]}" -o alone -q >/dev/null
step "24 clips made by one process"

dd if=/dev/urandom of=munge/key bs=1024 count=1 status=none
chmod 400 munge/key
host="$(hostname -s)"
read -r port next < <(shuf -i 20000-29999 -n 2 | xargs)
cat >slurm.conf <<END
ClusterName=check
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$next
AuthType=auth/munge
AuthInfo=socket=$work/munge/socket,cred_expire=5
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=check Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
# Disowned, so that the shell does not tell of its end.
start_node() {
  SLURM_CONF="$work/slurm.conf" slurmd -D >/dev/null 2>&1 &
  disown
}
munged --force --foreground --key-file="$work/munge/key" --socket="$work/munge/socket" \
  --pid-file="$work/munge/pid" --log-file="$work/munge/log" --seed-file="$work/munge/seed" \
  >munge/out 2>&1 &
munged=$!
await 20 test -S munge/socket
slurmctld -D -f "$work/slurm.conf" >/dev/null 2>&1 &
slurmctld=$!
start_node
await 30 node_is idle
step "a cluster of one node is up"

export MMAUDIO="$program"
job="$(submit --array=0-3 "$here/batch.sbatch" "${clips[@]}" -o "$work/sounds")"
await 30 test -s sounds/results.shard-0.jsonl
signal_task 9 0 "$program"
await 20 has "${job}_0" Restarts=1
step "task 0 was killed in its work and is queued again"

await 30 has "${job}_1" JobState=RUNNING
await 30 test -s sounds/results.shard-1.jsonl
# As Slurm does a minute before the end; `scancel` would do it again where the controller is busy.
signal_task TERM 1 "$(command -v bash)"
await 20 has "${job}_1" Restarts=1
step "task 1 was told that its time is up and is queued again"

# The one with the most clips, so that it is not over too soon.
await 60 test -s sounds/results.shard-3.jsonl
has "${job}_3" JobState=RUNNING || fail "task 3 was over before its node could be killed"
kill_node
await 60 node_is down
await 20 has "${job}_3" Restarts=1
step "the node was killed with all on it, and task 3 is queued again"
start_node
await 30 node_is 'idle\|mixed\|allocated'
await 120 is_over "$job"
for task in 0 1 2 3; do
  has "${job}_$task" JobState=COMPLETED || fail "task $task is not complete"
done

"$program" report sounds
[ "$(find sounds -name '*.wav' | wc -l)" -eq 24 ] || fail "there are not 24 sounds"
[ -z "$(find sounds -name '.*')" ] || fail "killed tasks left $(find sounds -name '.*')"
for i in $(seq -w 1 24); do
  cmp "alone/c$i.wav" "sounds/c$i.wav" || fail "c$i.wav differs from a single process's"
  [ "$(cat sounds/results.shard-*.jsonl | grep -c "\"id\":\"c$i\"")" -eq 1 ] || fail "c$i was not made once"
done
step "24 sounds, each made once, the same bytes as from one process"

# Programs that end with a status: 75 the first time, or always 3, or never.
printf '#!/bin/sh\n[ "$SLURM_RESTART_COUNT" ] || exit 75\n' >again
printf '#!/bin/sh\nexit 3\n' >failed
printf '#!/bin/sh\nexec sleep 300\n' >endless
chmod +x again failed endless
again="$(MMAUDIO="$work/again" submit "$here/batch.sbatch")"
failed="$(MMAUDIO="$work/failed" submit "$here/batch.sbatch")"
await 60 is_over "$failed"
endless="$(MMAUDIO="$work/endless" submit "$here/batch.sbatch")"
await 30 has "$endless" JobState=RUNNING
client scancel "$endless"
await 60 is_over "$again"
await 30 is_over "$endless"
has "$again" Restarts=1 || fail "status 75 is not tried again"
has "$again" JobState=COMPLETED || fail "status 75 is not tried again"
has "$failed" Restarts=0 || fail "status 3 does not end a task"
has "$failed" ExitCode=3:0 || fail "status 3 does not end a task"
has "$endless" Restarts=0 || fail "a cancelled task is not left alone"
has "$endless" JobState=CANCELLED || fail "a cancelled task is not left alone"
step "status 75 is tried again; status 3 and a cancelled task are not"
