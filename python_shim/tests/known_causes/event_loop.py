"""Three tasks ask again and again, and sleep between: their event loop waits for its timers.

Cause: input-output
"""

import asyncio


async def poll():
    for _ in range(15):
        await asyncio.sleep(0.1)


async def main():
    await asyncio.gather(poll(), poll(), poll())


asyncio.run(main())  # THE LINE
