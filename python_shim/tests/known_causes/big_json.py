"""A thread of an event loop reads large JSON documents, and the loop can't serve meanwhile.

Cause: call-keeps-gil
"""

import asyncio
import json

text = json.dumps([{"number": i, "name": f"name {i}"} for i in range(250_000)])


def read():
    for _ in range(8):
        json.loads(text)  # THE LINE


async def serve():
    while True:
        await asyncio.sleep(0.002)


async def main():
    serving = asyncio.create_task(serve())
    await asyncio.to_thread(read)
    serving.cancel()


asyncio.run(main())
