"""Three threads of a pool fetch pages by requests from a server that takes its time to answer.

Cause: input-output
Needs: server
"""

import os
from concurrent.futures import ThreadPoolExecutor

import requests

address = os.environ["PAGES"]


def fetch(number):
    return len(requests.get(f"{address}/slow/{number}").text)  # THE LINE


with ThreadPoolExecutor(3) as pool:
    list(pool.map(fetch, range(30)))
