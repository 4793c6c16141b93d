"""What a front end may ask of a kernel beside running a cell: interrupts, silent and unstored
requests, subshells, completion, help. With a stand-in for the bridge that can be slow."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from conftest import wait_until
from magic_kernels import MIME, Kernel, Reply


def test_result_comes_before_the_reply_and_in_place(kernel: Kernel) -> None:
    reply = kernel.run("%%giltracer -n label\nprint(1)")
    ours = [m for m in reply.messages if MIME in m["content"].get("data", {})]
    assert [m["msg_type"] for m in ours] == ["display_data", "update_display_data"]
    assert len({m["content"]["transient"]["display_id"] for m in ours}) == 1
    placeholder = ours[0]["content"]["data"]
    assert placeholder["text/plain"] == "giltracer (label): tracing…"
    assert "tracing" in placeholder["text/html"]
    run = placeholder[MIME]["run"]
    assert run["state"] == "running"
    assert run["name"] == "label"
    assert run["started_at"][10] == "T"
    assert run["kernel_id"] == kernel.id


def test_interrupted_cell_is_traced_and_stays_interrupted(kernel: Kernel) -> None:
    reply = kernel.run("%%giltracer\nprint('up', flush=True)\ntime.sleep(30)", interrupt_after="up")
    assert (reply.status, reply.content["ename"]) == ("error", "KeyboardInterrupt")
    assert [run["state"] for run in reply.runs()] == ["running", "done"]


def test_interrupted_asynchronous_cell(kernel: Kernel) -> None:
    reply = kernel.run(
        "%%giltracer\nimport asyncio\nprint('up', flush=True)\n"
        # ipykernel notices an interrupt when the loop wakes up next.
        "for _ in range(600): await asyncio.sleep(0.05)",
        interrupt_after="up",
    )
    assert (reply.status, reply.content["ename"]) == ("error", "CancelledError")
    assert [run["state"] for run in reply.runs()] == ["running", "done"]


@pytest.mark.parametrize("body", ["print('up', flush=True); 5", "await asyncio.sleep(0.01)"])
def test_interrupt_while_the_result_is_built(kernel: Kernel, body: str) -> None:
    kernel.behave("slow")
    kernel.run("%%giltracer -q\nimport asyncio; print(1)")
    reply = kernel.run(f"%%giltracer\n{body}", interrupt_after=0.4)
    assert reply.status == "ok"
    assert reply.texts("stderr").count("\n") == 1
    assert "interrupted" in reply.texts("stderr")
    runs = reply.runs()
    # The extension takes it for running still, and asks the run store.
    assert [run["state"] for run in runs] == ["running", "running"]
    assert "run store" in runs[-1]["message"]
    # The late answer is dropped; the same bridge goes on.
    reply = kernel.run("%%giltracer -n next\n1")
    assert [run["state"] for run in reply.runs()] == ["running", "done"]
    assert reply.runs()[0]["id"] == reply.runs()[1]["id"] != runs[0]["id"]


@pytest.mark.parametrize(
    "body", ["print('ran')", "import asyncio; await asyncio.sleep(0)\nprint('ran')"]
)
def test_interrupt_while_it_starts_stops_the_cell(kernel: Kernel, body: str) -> None:
    kernel.behave("deaf")
    reply = kernel.run(f"%%giltracer\n{body}", interrupt_after=0.7)
    assert (reply.status, reply.content["ename"]) == ("error", "KeyboardInterrupt")
    # What is being set up is shown at once, and is gone again.
    assert [run["state"] for run in reply.runs()] == ["running"]
    assert ["ename" in output for output in reply.left()] == [True]
    assert reply.texts("stdout") == ""


@pytest.mark.parametrize(
    ("how", "text"),
    [
        ("refuse", "perf was not found. Install it: apt install linux-perf"),
        ("die", "the bridge has ended"),
        ("garbage", "the bridge has ended"),
    ],
)
def test_failure_is_one_line_and_the_cell_runs(kernel: Kernel, how: str, text: str) -> None:
    kernel.behave(how)
    reply = kernel.run("%%giltracer -o r\nprint('ran'); 7")
    assert reply.status == "ok"
    assert reply.texts("stderr").startswith(f"giltracer: this cell runs untraced: {text}")
    assert reply.texts("stderr").count("\n") == 1
    assert reply.texts("stdout") == "ran\n"
    assert [run["state"] for run in reply.runs()] == ["running"]
    *texts, result = reply.left()
    assert {output["name"] for output in texts} == {"stdout", "stderr"}
    assert result["data"]["text/plain"] == "7"
    # Not a result of an earlier run.
    assert kernel.run("print(r)").texts("stdout") == "None\n"


def test_no_node_is_one_line(kernel: Kernel) -> None:
    code = (
        "import giltracer.node, giltracer.bridge\n"
        "partial = giltracer.recorder.Bridge\n"
        "giltracer.recorder.Bridge = giltracer.bridge.Bridge\n"
        "giltracer.node._found = None; node = os.environ.get('GILTRACER_NODE')\n"
        "os.environ['GILTRACER_NODE'] = '/bin/sh'"
    )
    kernel.behave()
    assert kernel.run(code).status == "ok"
    reply = kernel.run("%%giltracer\nprint('ran')")
    assert reply.texts("stderr") == (
        "giltracer: this cell runs untraced: GILTRACER_NODE=/bin/sh: is not Node.js "
        "(run %giltracer_doctor)\n"
    )
    assert reply.texts("stdout") == "ran\n"
    kernel.run("giltracer.recorder.Bridge = partial; os.environ['GILTRACER_NODE'] = node")


def test_bridge_killed_in_mid_cell(kernel: Kernel) -> None:
    reply = kernel.run(
        "%%giltracer\nimport signal\n"
        "os.kill(giltracer.recorder.recorder._bridge.pid, signal.SIGKILL); 3"
    )
    assert reply.status == "ok"
    assert "execute_result" in reply.kinds()
    assert [run["state"] for run in reply.runs()] == ["running", "failed"]
    assert reply.texts("stderr").startswith("giltracer: no result: the bridge has ended")


def test_silent_request_runs_untraced(kernel: Kernel) -> None:
    # IPython fires no run events for it.
    reply = kernel.run("%%giltracer\nsilent = 1", silent=True)
    assert reply.status == "ok"
    assert reply.kinds() == []
    assert kernel.run("print(silent)").texts("stdout") == "1\n"


def test_unstored_request_is_traced(kernel: Kernel) -> None:
    reply = kernel.run("%%giltracer\n8", store_history=False)
    assert [run["state"] for run in reply.runs()] == ["running", "done"]
    assert "execute_result" in reply.kinds()


def test_magic_waits_for_a_blank_line_as_every_cell_magic(kernel: Kernel) -> None:
    def status(code: str) -> str:
        kernel.client.is_complete(code)
        return kernel.client.get_shell_msg(timeout=20)["content"]["status"]

    assert status("%%giltracer\n1") == status("%%time\n1") == "incomplete"
    assert status("%%giltracer\n1\n\n") == status("%%time\n1\n\n") == "complete"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%%giltracer --s", {"--states", "--state-detect", "--save"}),
        ("%%giltracer -n x --no", {"--no-states"}),
        ("%giltracer --sav", {"--save"}),
        ("%%giltracer --m", {"--mode", "--max-overhead"}),
        ("%%giltracer --mode waits --d", {"--depth"}),
        ("%%giltracer --mode ", {"auto", "full", "waits"}),
        ("%giltracer -q --mode w", {"waits"}),
    ],
)
def test_options_are_completed(kernel: Kernel, text: str, expected: set[str]) -> None:
    kernel.client.complete(text, len(text))
    matches = kernel.client.get_shell_msg(timeout=20)["content"]["matches"]
    assert expected <= set(matches)


@pytest.mark.parametrize("code", ["%%giltracer?", "%giltracer?"])
def test_help_has_an_example_to_paste(kernel: Kernel, code: str) -> None:
    reply = kernel.run(code)
    (page,) = reply.content["payload"]
    text = page["data"]["text/plain"]
    assert "%%giltracer -n two-loops\n" in text
    assert "--no-states" in text
    assert "for _ in range(2)]" in text


def test_example_of_the_help_runs(kernel: Kernel) -> None:
    (page,) = kernel.run("%%giltracer?").content["payload"]
    lines = page["data"]["text/plain"].split("STATEMENT\n")[1].split("Options:")[0]
    # As it stands there, indented.
    example = "    %%giltracer -n" + lines.split("    %%giltracer -n")[1]
    reply = kernel.run(example)
    assert reply.status == "ok"
    assert [run["name"] for run in reply.runs()[:1]] == ["two-loops"]


def test_threads_of_the_run_are_named(kernel: Kernel) -> None:
    code = (
        "%%giltracer -q -o r\nimport threading\nids = []\n"
        "def f(): ids.append(threading.get_native_id())\n"
        "t = threading.Thread(target=f, name='ended'); t.start(); t.join(); del t\n"
        "t = threading.Thread(target=f); t.start(); t.name = 'renamed'; t.join()"
    )
    assert kernel.run(code).status == "ok"
    reply = kernel.run(
        "threads = r.data['application/vnd.giltracer.v1+json']['threads']\n"
        "names = {t['tid']: t['name'] for t in threads}\n"
        "print([names[i] for i in ids], names[os.getpid()])\n"
        "print(threading.Thread._set_native_id.__qualname__)"
    )
    assert reply.texts("stdout") == "['ended', 'renamed'] MainThread\nThread._set_native_id\n"


def test_reload_and_unload(kernel: Kernel) -> None:
    reply = kernel.run("%reload_ext giltracer")
    assert reply.status == "ok"
    assert [r["state"] for r in kernel.run("%%giltracer\n1").runs()] == ["running", "done"]
    bridge = kernel.run("print(giltracer.recorder.recorder._bridge.pid)").texts("stdout").strip()
    before = "len(get_ipython().input_transformers_cleanup), len(get_ipython().ast_transformers)"
    reply = kernel.run(f"%unload_ext giltracer\nprint({before})")
    assert reply.texts("stdout").endswith(" 0\n")
    assert wait_until(lambda: not Path(f"/proc/{bridge}").exists())
    assert kernel.run("%%giltracer\n1").status == "error"
    # After an error an old ipykernel aborts what arrives within a tenth of a second.
    assert wait_until(lambda: kernel.run("%load_ext giltracer").status == "ok")


def test_subshell_cell(kernel: Kernel) -> None:
    info = kernel.client.kernel_info(reply=True, timeout=20)["content"]
    if "kernel subshells" not in info.get("supported_features", []):
        # Subshells came with ipykernel 7: the environment of the oldest IPython has an older one.
        assert info["implementation_version"].startswith("7.")
        return
    client = kernel.client
    message = client.session.msg("create_subshell_request", {})
    client.control_channel.send(message)
    subshell = client.get_control_msg(timeout=20)["content"]["subshell_id"]

    def send(code: str, shell: str | None) -> str:
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        request = client.session.msg("execute_request", content)
        request["header"]["subshell_id"] = shell
        client.shell_channel.send(request)
        return request["header"]["msg_id"]

    def collect(*identities: str) -> list[list[dict]]:
        found: dict[str, list] = {identity: [] for identity in identities}
        idle = set()
        while idle != set(identities):
            m = client.get_iopub_msg(timeout=20)
            parent = m["parent_header"].get("msg_id")
            if parent not in found:
                continue
            found[parent].append(m)
            if m["content"].get("execution_state") == "idle":
                idle.add(parent)
        return [found[identity] for identity in identities]

    # A traced cell of the subshell while one of the main shell is traced, and the reverse.
    for outer, inner in ((None, subshell), (subshell, None)):
        first = send("%%giltracer -n outer\nimport time; time.sleep(0.8); print('outer')", outer)
        time.sleep(0.3)
        second = send("%%giltracer -n inner\nprint('inner')", inner)
        one, two = (Reply({"content": {"status": ""}}, m) for m in collect(first, second))
        assert [run["state"] for run in one.runs()] == ["running", "done"]
        assert one.texts("stdout") == "outer\n"
        assert one.texts("stderr") == ""
        assert two.runs() == []
        assert two.texts("stdout") == "inner\n"
        assert "running already; this cell runs untraced" in two.texts("stderr")
    client.control_channel.send(
        client.session.msg("delete_subshell_request", {"subshell_id": subshell})
    )
    client.get_control_msg(timeout=20)
    while client.shell_channel.msg_ready():
        client.get_shell_msg(timeout=1)
