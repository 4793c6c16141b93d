"""Two threads read what other programs print, which take their time.

Cause: input-output
"""

import subprocess
import threading


def follow():
    command = ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 0.2; echo $i; done"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        for line in program.stdout:  # THE LINE
            int(line)


threads = [threading.Thread(target=follow) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
