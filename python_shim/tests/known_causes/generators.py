"""Three threads pull lines through a chain of generators each.

Cause: gil-bound
"""

import threading


def lines(count):
    for number in range(count):
        yield f"{number};{number % 7};item {number}"  # THE LINE


def fields(rows):
    for row in rows:
        yield row.split(";")  # THE LINE


def sevenths(rows):
    return (int(row[0]) for row in rows if row[1] == "0")  # THE LINE


def total(results):
    results.append(sum(sevenths(fields(lines(1_200_000)))))  # THE LINE


results = []
threads = [threading.Thread(target=total, args=(results,)) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
