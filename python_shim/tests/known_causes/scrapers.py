"""Two hundred threads fetch pages of a server, another process, and parse them in Python.

Cause: gil-bound
Needs: server
"""

import os
import threading
import urllib.request
from html.parser import HTMLParser

address = os.environ["PAGES"]


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name == "href"]


def scrape(number):
    with urllib.request.urlopen(f"{address}/{number}") as answer:
        page = answer.read().decode()
    links = Links()
    links.feed(page)  # THE LINE
    return links.found


threads = [threading.Thread(target=scrape, args=(number,)) for number in range(200)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
