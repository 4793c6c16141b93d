"""The probe helper: root's part of exact tracing for an ordinary user.

`giltracer setup --user NAME` copies this folder to a place that only root can write to, and lets
NAME start it through sudo, without arguments. It reads requests from stdin, a JSON object a line,
answers each with a line on stdout, and removes what it has defined when stdin ends, whatever ended
it.

What it does for the user who started it (SUDO_UID, which sudo itself sets):

hello   names the bridge: a process of that user, whose pid is a part of each probe's name.
define  defines uprobe events, and answers with their formats. The place must lie in a file that a
        process of that user maps as code; of the kernel's fetch arguments only registers, stack
        slots, addresses and what they point to are taken.
hits    answers how often each of these probes was hit.
remove  removes probes that this helper has defined.

Why that is all the power that it gives:

* A definition costs nothing and reads nothing. To be hit it needs perf_event_open(2), which the
  user's own perf calls with the user's own rights: the kernel attaches a user to own tasks only
  (ptrace_may_access in kernel/events/core.c), and puts the breakpoint into the memory of these
  processes alone (uprobe_perf_filter in kernel/trace/trace_uprobe.c). Others who run the same file
  are not touched.
* What a probe fetches is read from the registers and the user memory of the task that hit it
  (copy_from_user in kernel/trace/trace_uprobe.c), which is the user's own.
* The user gets no access to tracefs: no file there changes its owner or mode. Other users' probes
  can't be seen, changed or removed; the file is opened for append only.
* Nothing that the user writes gets into a command as it is: numbers are written anew, names and
  arguments match a grammar without line ends.
* The file is not found by its name, which the user could lead elsewhere between check and use, but
  through the process's own mapping of it (/proc/PID/map_files), and the definition names that
  opened file.
* Files that a program of the user's serves (FUSE) are not probed: the kernel would wait for it.
* The process is looked at through one descriptor of its folder in /proc, which leads nowhere once
  the process has ended: a process that gets its pid later is not taken for it.
* How many probes and helpers a user has is limited.
* Only the standard library is imported, by an interpreter that only root can change, in isolated
  mode, without site-packages.
"""
