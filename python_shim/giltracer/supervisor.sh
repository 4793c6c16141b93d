#!/bin/sh
# Runs the bridge, and cleans up behind it whatever way it ends (kill -9 included).
#
#   supervisor.sh NODE BRIDGE
#
# Requests come on stdin, answers go to stdout. Stderr is no output but the read end of a pipe that
# the caller keeps open as long as it lives (dash knows descriptors of one digit only, so it takes
# one of the three). The bridge's own messages go to the file GILTRACER_LOG, else nowhere.
#
# The caller gets rid of it at once: this process starts its second half in the background and
# exits, so that no process of ours is a child of the traced one, whose code may call os.wait().
# The caller starts it in a session of its own: Jupyter interrupts a kernel by killpg, and all
# processes of that one process group are the bridge's, which is how they are found at the end.
#
# POSIX sh only. `set -m` would give the bridge its own group, but dash has no job control
# without a terminal.

if [ "${1-}" != --watch ]; then
  # Stdin of a background job would be /dev/null unless it is named.
  exec 3<&0
  /bin/sh "$0" --watch "$@" <&3 3<&- &
  exit 0
fi
shift

# No folder of the user's is kept busy.
cd /

exec 3<&0 4<&2 2>>"${GILTRACER_LOG:-/dev/null}"
"$1" "$2" serve <&3 3<&- 4<&- &
bridge=$!
# The bridge alone reads the requests. Stdout stays open until all is clean: its end tells so.
exec 3<&- </dev/null

# A bridge ends by itself when its caller has. One that hangs does not: it gets two minutes to
# finish the run.
{
  read -r _ <&4
  sleep 120
  kill -KILL "$bridge"
} >/dev/null 2>&1 &
guard=$!
exec 4<&-

# `trap :` and not `trap ''`: children must not inherit ignored signals.
trap : HUP INT TERM
while
  wait "$bridge" 2>/dev/null
  # Above 128: the bridge was killed, or a signal ended the wait.
  [ "$?" -gt 128 ] && kill -0 "$bridge" 2>/dev/null
do :; done
kill "$guard" 2>/dev/null
wait "$guard" 2>/dev/null

# Sets pid, state and group from a line of /proc/PID/stat: "pid (command) state ppid pgrp …", where
# command may hold blanks and brackets.
parse_stat() {
  pid=${1%% *}
  # shellcheck disable=SC2086
  set -- ${1##*) }
  state=${1-}
  group=${3-}
}

# Sends a signal to all that the bridge left in this process group; fails if there is none.
signal_group() {
  found=1
  for file in /proc/[0-9]*/stat; do
    line=
    { read -r line <"$file"; } 2>/dev/null
    [ -n "$line" ] || continue
    parse_stat "$line"
    # A zombie has ended; nobody may be there to reap it.
    if [ "$group" = "$own_group" ] && [ "$pid" != "$$" ] && [ "$state" != Z ]; then
      kill -"$1" "$pid" 2>/dev/null && found=0
    fi
  done
  return "$found"
}

pause() {
  sleep 0.1 2>/dev/null || sleep 1
}

line=
{ read -r line </proc/$$/stat; } 2>/dev/null
parse_stat "$line"
own_group=$group
if [ -n "$own_group" ] && signal_group TERM; then
  tries=0
  while signal_group 0; do
    tries=$((tries + 1))
    if [ "$tries" -ge 20 ]; then
      signal_group KILL
      break
    fi
    pause
  done
fi

# In a folder that everybody may write to: only one of our own, and no link.
is_own_folder() {
  [ -d "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]
}

# The live socket, or the file that names it, unless a new bridge has put its own in the same place.
folder=${TMPDIR:-/tmp}/giltracer-live-$bridge
if is_own_folder "$folder"; then
  inode= place=
  { read -r inode place <"$folder/place"; } 2>/dev/null
  if [ -n "$place" ]; then
    found=$(ls -di "$place" 2>/dev/null)
    # ls may put blanks before the number.
    # shellcheck disable=SC2086
    set -- $found
    [ "${1-}" = "$inode" ] && rm -f "$place"
  fi
  rm -rf "$folder"
fi

# Removes the probes named giltracer/SITE_BRIDGE; fails if one is still in use.
remove_probes() {
  names=
  while read -r definition _; do
    case $definition in
      [pr]*:giltracer/*_"$bridge") names="$names ${definition#*:}" ;;
    esac
  done <"$1"
  left=0
  for name in $names; do
    # Appended, never written over: that would remove everybody's.
    printf '%s\n' "-:$name" >>"$1" || left=1
  done
  return "$left"
}

for tracefs in /sys/kernel/tracing /sys/kernel/debug/tracing; do
  events=$tracefs/uprobe_events
  [ -r "$events" ] && [ -w "$events" ] || continue
  tries=0
  # Busy until the kernel has let go of perf's descriptors.
  until remove_probes "$events" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 50 ] || break
    pause
  done
  break
done

folder=${TMPDIR:-/tmp}/giltracer-$bridge
if is_own_folder "$folder"; then
  rm -rf "$folder"
fi
