"""A thread builds trees of many objects, which the collector looks at often; another one counts.

Cause: collector
Cause for sample: gil-bound
"""

import threading


class Node:
    def __init__(self, parent):
        self.parent = parent
        self.children = []  # THE LINE
        self.data = {}  # THE LINE


def build():
    for _ in range(4):
        level = [Node(None)]
        while len(level) < 60_000:
            below = []
            for node in level:
                for _ in range(3):
                    node.children.append(Node(node))  # THE LINE
                below += node.children
            level = below


def count():
    total = 0
    for i in range(8_000_000):
        total += i % 7
    return total


threads = [threading.Thread(target=target) for target in (build, count)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
