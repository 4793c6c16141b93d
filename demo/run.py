"""Execute the demo notebook without a browser; keep it, and a page of it, in demo/out."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
BUNDLE = "application/vnd.giltracer.v1+json"


def main() -> int:
    notebook = nbformat.read(HERE / "gil-demo.ipynb", as_version=4)
    print("Running demo/gil-demo.ipynb ...", flush=True)
    NotebookClient(
        notebook,
        timeout=120,
        kernel_name="python3",
        resources={"metadata": {"path": str(HERE)}},
        # Its warning about TCP is of no use to who reads the table.
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    ).execute()

    OUT.mkdir(exist_ok=True)
    nbformat.write(notebook, OUT / "gil-demo.ipynb")
    page, _ = HTMLExporter().from_notebook_node(notebook)
    (OUT / "gil-demo.html").write_text(page, encoding="utf-8")

    untraced = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.startswith("%%giltracer"):
            continue
        results = [o.data for o in cell.outputs if BUNDLE in o.get("data", {})]
        print(f"\n{cell.source.splitlines()[0]}")
        for data in results:
            print(data["text/plain"])
        for output in cell.outputs:
            if output.output_type == "stream":
                print(output.text, end="")
        if not any(data[BUNDLE]["run"]["state"] == "done" for data in results):
            untraced.append(cell.id)

    print(
        "\nThe executed notebook: demo/out/gil-demo.ipynb"
        "\nThe same as a page:    demo/out/gil-demo.html"
        "\nIn JupyterLab:         make lab"
    )
    if untraced:
        print(f"\nNot traced: the cells {', '.join(untraced)}; see above why.", file=sys.stderr)
    return 1 if untraced else 0


if __name__ == "__main__":
    sys.exit(main())
