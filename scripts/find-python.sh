#!/usr/bin/env bash
# Prints the Python for the virtual environment: 3.10 or later, for JupyterLab 4.6. Unless --any is
# given it must also carry the symbols of CPython's GIL, which probes are put on; distributions strip
# them from the ordinary interpreter. PYTHON=... names one yourself.
set -euo pipefail

check='
import re, struct, sys
assert sys.version_info >= (3, 10) and sys.implementation.name == "cpython"
if sys.argv[1] == "symbols":
    with open("/proc/self/maps") as maps:
        files = {line.split(maxsplit=5)[5].strip() for line in maps if "/" in line}
    binary = next((f for f in files if re.search(r"/libpython3\.\d+\w*\.so", f)), None)
    with open(binary or "/proc/self/exe", "rb") as file:
        elf = file.read()
    # Only string tables count (ELF64 section type 3): the name also stands among the messages.
    offset, = struct.unpack_from("<Q", elf, 40)
    size, count = struct.unpack_from("<HH", elf, 58)
    headers = [struct.unpack_from("<IIQQQQ", elf, offset + i * size) for i in range(count)]
    tables = [elf[h[4] : h[4] + h[5]] for h in headers if h[1] == 3]
    assert any(b"\0take_gil\0" in table for table in tables)
'
need=symbols
[ "${1:-}" = --any ] && need=any

for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.10 python3-dbg}; do
  if path=$(command -v "$candidate") && "$path" -I -c "$check" "$need" >/dev/null 2>&1; then
    echo "$path"
    exit 0
  fi
done
echo "No suitable Python found (3.10 or later${need:+, $need})." >&2
exit 1
