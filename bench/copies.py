"""Live copies of one booted Linux, timed: what bench/forks and bench/scale have in common."""

import json
import os
import queue
import socket
import subprocess
import threading
import time

PATIENCE = 120


def connect(path):
    while True:
        try:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            return connection, connection.makefile("rw", encoding="utf-8")
        except OSError:
            connection.close()
            time.sleep(0.005)


def send(said, running):
    """A command to each VM that runs, as it is told of them; again until it is taken."""
    while True:
        command = json.dumps({"command": "send", "vm": running.get(), "text": "echo a$((6*7))b\r"}) + "\n"
        answer = {"error": ""}
        while "error" in answer:
            said.write(command)
            said.flush()
            answer = json.loads(said.readline() or "{}")


def anonymous(pid):
    """Bytes that are no file's, of the process (the heap may be shared memory) and its tables of pages."""
    kib = 0
    with open(f"/proc/{pid}/smaps_rollup") as rollup:
        kib += sum(int(line.split()[1]) for line in rollup if line.startswith(("Pss_Anon:", "Pss_Shmem:")))
    with open(f"/proc/{pid}/status") as status:
        kib += sum(int(line.split()[1]) for line in status if line.startswith("VmPTE:"))
    return kib << 10


def cpu(pid):
    """CPU seconds of the process."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def java(pid):
    """The JVM below the script."""
    while open(f"/proc/{pid}/comm").read().strip() != "java":
        pid = open(f"/proc/{pid}/task/{pid}/children").read().split()[0]
    return pid


def idle(pid):
    """Waits until the machines have done what is to be done after a restore, and what follows from that: two minutes at most."""
    sizes, end = [], time.time() + PATIENCE
    while time.time() < end and not (len(sizes) > 15 and max(sizes[-15:]) - min(sizes[-15:]) < 4 << 20 and sizes[-1] < max(sizes) - (4 << 20)):
        time.sleep(2)
        sizes.append(anonymous(pid))


def save(atoll, folder):
    """Boots Linux and saves it as 'booted'."""
    path = f"{folder}/first.sock"
    with open(f"{folder}/first.log", "w") as log:
        process = subprocess.Popen(
            [atoll, "run", "linux", "--net", "user", "--stdin", "keep", "--control", path],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    connect(path)[0].close()
    for words in (["wait", "vm", "--expect", ":~# ", "--timeout", "5m"], ["save", "booted"], ["quit"]):
        subprocess.run([atoll, "ctl", path, *words], check=True)
    process.wait()


class Copies:
    """So many of what is saved as 'booted', until they are closed; all have answered a command once they are there."""

    def __init__(self, atoll, folder, count):
        self.atoll, self.path = atoll, f"{folder}/{count}.sock"
        begin = time.time()
        with open(f"{folder}/{count}.log", "w") as log:
            self.process = subprocess.Popen(
                [atoll, "fork", "booted", "--count", str(count), "--stdin", "keep", "--control", self.path],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        self.answers = []
        try:
            self._await(count, begin)
            self.jvm = java(self.process.pid)
            self.cpu = cpu(self.jvm)
        except BaseException:
            self.close()
            raise

    def _await(self, count, begin):
        events, heard = connect(self.path)
        events.settimeout(PATIENCE)
        heard.readline()
        # With what has been so far, since some may run already.
        heard.write('{"command":"events","only":["printed","status-changed"],"history":true}\n')
        heard.flush()
        heard.readline()
        said = connect(self.path)[1]
        said.readline()
        # The copies begin one after the other: who waits for the last one to take a command hears the first one late.
        running = queue.Queue()
        threading.Thread(target=send, args=(said, running), daemon=True).start()
        text, answered, asked = {}, set(), set()
        while len(answered) < count:
            event = json.loads(heard.readline())
            vm = event.get("vm")
            if event.get("event") == "status-changed" and event["status"] == "running" and vm not in asked:
                asked.add(vm)
                running.put(vm)
            if vm and event.get("event") == "printed" and vm not in answered:
                text[vm] = text.get(vm, "") + event["text"]
                if "a42b" in text[vm]:
                    answered.add(vm)
                    self.answers.append(time.time() - begin)

    def close(self):
        if self.process.poll() is None:
            subprocess.run([self.atoll, "ctl", self.path, "quit"], stdout=subprocess.DEVNULL)
        self.process.wait()
