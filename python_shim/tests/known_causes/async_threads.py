"""An event loop gives Python work to its threads, so that it could go on serving.

Cause: gil-bound
"""

import asyncio
import textwrap

text = "Threads that run Python code take turns. " * 400


def wrap():
    for width in range(40, 70):
        textwrap.fill(text, width)  # THE LINE


async def main():
    await asyncio.gather(*(asyncio.to_thread(wrap) for _ in range(8)))


asyncio.run(main())
