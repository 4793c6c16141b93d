"""From the end of a traced cell to its result at the client, in a real kernel."""

import statistics
import time
from typing import Any, Dict, List

CELL = """%%giltracer
import os, threading, time
def call(n=200_000, stat=os.stat):
    for _ in range(n): stat("/")
threads = [threading.Thread(target=call) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
print(time.monotonic_ns())
"""


def run_traced_cell(client: Any) -> Dict[str, float]:
    """Seconds from the cell's last line to the result at the client."""
    ended: List[int] = []
    arrived: List[int] = []
    capture: Dict[str, Any] = {}

    def on_message(message: Dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream" and content["name"] == "stdout":
            ended.append(int(content["text"]))
        elif message["msg_type"] == "update_display_data":
            arrived.append(time.monotonic_ns())
            capture.update(content["data"]["application/vnd.giltracer.v1+json"]["capture"])

    client.execute_interactive(CELL, timeout=120, output_hook=on_message)
    return {
        "seconds": (arrived[-1] - ended[0]) / 1e9,
        "events": capture["events"],
        "lost": capture["lost"],
    }


def cell_to_result() -> Dict[str, Any]:
    """A real kernel runs the cell, three times."""
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel()
    try:
        client.execute_interactive("%load_ext giltracer", timeout=60)
        samples = [run_traced_cell(client) for _ in range(3)]
        return {
            "seconds": statistics.median(sample["seconds"] for sample in samples),
            "events": samples[-1]["events"],
            "lost": sum(sample["lost"] for sample in samples),
        }
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
