"""A thread fetches rows of a database: each step drops the GIL, and waits for a Python loop's turn.

Cause: convoy
"""

import sqlite3
import threading

finished = threading.Event()


def fetch():
    database = sqlite3.connect(":memory:")
    database.execute("create table items (number integer, name text)")
    rows = [(i, f"name {i}") for i in range(2000)]
    database.executemany("insert into items values (?, ?)", rows)
    while not finished.is_set():
        for _ in database.execute("select * from items where name like '%9%'"):
            if finished.is_set():
                break


thread = threading.Thread(target=fetch)
thread.start()
primes = []
for candidate in range(3, 1_000_000, 2):
    if all(candidate % prime for prime in primes[:400]):  # THE LINE
        primes.append(candidate)
finished.set()
thread.join()
