"""Eight threads of a pool pause after each small task, so as not to ask too often.

Cause: sleep
"""

import time
from concurrent.futures import ThreadPoolExecutor


def throttled(call):
    result = call()
    time.sleep(0.03)  # THE LINE
    return result


with ThreadPoolExecutor(8) as pool:
    for i in range(400):
        pool.submit(throttled, lambda i=i: sum(range(i)))
