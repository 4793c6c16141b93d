"""A small process that answers as the bridge does, or fails as it may; for tests of the client.

Run as `python fake_bridge.py serve`. What it does is set by FAKE_BRIDGE, words of:
  deaf        never answers
  die         ends at `start`
  garbage     answers `start` with what is not JSON
  refuse      refuses `start`
  hang        never comes back from `stop`
  slow        answers `stop` after one second, with progress in between
  live        tells four times a second how a run goes on, until it is stopped
  wide        the same with 300 KB a time
  children    starts a child in its process group that outlives it
What it was asked is written to the file FAKE_BRIDGE_LOG, if set.
"""

import json
import os
import subprocess
import sys
import threading
import time

behaviour = os.environ.get("FAKE_BRIDGE", "").split()
log_name = os.environ.get("FAKE_BRIDGE_LOG")


sending = threading.Lock()


def send(message):
    with sending:
        # As JSON.stringify writes it.
        sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
        sys.stdout.flush()


def tell(run, stopped):
    count = 0
    while not stopped.wait(0.25):
        count += 1
        frame = {"format": "giltracer-live", "version": 1, "run": run, "frame": count}
        if "wide" in behaviour:
            frame["shares"] = "A" * 300_000
        other = {"event": "live", "run_id": "another", "frame": {}, "text": "another run"}
        send({"event": "live", "run_id": run["id"], "frame": frame, "text": f"tracing… {count}"})
        send(other)


def note(message):
    if log_name:
        with open(log_name, "a") as log:  # noqa: PTH123
            log.write(json.dumps(message) + "\n")


def main():
    assert sys.argv[1:] == ["serve"]
    sys.stderr.write("fake bridge\n")
    note({"event": "up", "pid": os.getpid()})
    if "children" in behaviour:
        child = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL)
        note({"event": "child", "pid": child.pid})
    for line in sys.stdin:
        request = json.loads(line)
        note(request)
        answer = {"id": request["id"], "ok": True}
        if "deaf" in behaviour:
            continue
        if request["op"] == "hello":
            answer.update(protocol=1, version="0", pid=os.getpid())
        elif request["op"] == "start":
            if "die" in behaviour:
                os._exit(3)
            if "garbage" in behaviour:
                sys.stdout.write("Segmentation fault\n")
                sys.stdout.flush()
                continue
            if "refuse" in behaviour:
                answer = {
                    "id": request["id"],
                    "ok": False,
                    "code": "no-perf",
                    "message": "perf was not found. Install it: apt install linux-perf",
                }
            answer["mode"] = "full"
            if "live" in behaviour or "wide" in behaviour:
                stopped = threading.Event()
                threading.Thread(target=tell, args=(request["run"], stopped), daemon=True).start()
        elif request["op"] == "stop":
            if "live" in behaviour or "wide" in behaviour:
                stopped.set()
            if "hang" in behaviour:
                while True:
                    time.sleep(1)
            if "slow" in behaviour:
                for _ in range(4):
                    time.sleep(0.25)
                    send({"event": "progress", "run_id": request["run_id"], "phase": "reading"})
            answer.update(
                data={
                    "application/vnd.giltracer.v1+json": {
                        "format": "giltracer-bundle",
                        "version": 1,
                        "run": {"id": request["run_id"], "name": "", "state": "done"},
                        "threads": request["threads"],
                        "overview": {},
                        "windows": [],
                    },
                    "text/html": "<p>fake</p>",
                    "text/plain": "FAKE RESULT",
                },
                directory="/nonexistent",
                warnings=[],
            )
        send(answer)
    note({"event": "eof"})


main()
