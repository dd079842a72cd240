"""Keeps the controller and the agents running: restarted when they end, whatever ended them."""

import os
import select
import subprocess
import time

from processes import identity
from scheduling import prefer
from state import LabState

FIRST_BACKOFF_SECONDS = 0.1
LONGEST_BACKOFF_SECONDS = 5.0
# A process that lived this long starts again with the shortest wait.
SETTLED_SECONDS = 10.0


class Supervised:
    """One program of the lab and when to start it again."""

    def __init__(self, name: str, command: list, log: str):
        self.name = name
        self.command = command
        self.log = log
        self.process = None
        self.pidfd = -1
        self.started_at = 0.0
        self.start_at = 0.0
        self.backoff = FIRST_BACKOFF_SECONDS

    def start(self) -> None:
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.pidfd = os.pidfd_open(self.process.pid)
        # Controller and agents do little, and failures wait for them.
        prefer(self.process.pid, threads=False)
        self.started_at = time.monotonic()

    def ended(self) -> int:
        """Reaps it and plans the next start; returns its exit code."""
        code = self.process.wait()
        os.close(self.pidfd)
        self.process, self.pidfd = None, -1
        now = time.monotonic()
        if now - self.started_at > SETTLED_SECONDS:
            self.backoff = FIRST_BACKOFF_SECONDS
        self.start_at = now + self.backoff
        self.backoff = min(self.backoff * 2, LONGEST_BACKOFF_SECONDS)
        return code


class Supervisor:
    """Runs until a byte comes on `stop_fd`."""

    def __init__(self, programs: list, state: LabState, stop_fd: int):
        self.programs = programs
        self.state = state
        self.stop_fd = stop_fd

    def start(self) -> None:
        for program in self.programs:
            program.start()
        self._record()

    def run(self) -> None:
        while not self._wait_for_change():
            now = time.monotonic()
            due = [each for each in self.programs if each.process is None and each.start_at <= now]
            for program in due:
                program.start()
            if due:
                self._record()

    def _wait_for_change(self) -> bool:
        poll = select.poll()
        poll.register(self.stop_fd, select.POLLIN)
        by_fd = {each.pidfd: each for each in self.programs if each.process is not None}
        for pidfd in by_fd:
            poll.register(pidfd, select.POLLIN)
        waits = [each.start_at - time.monotonic() for each in self.programs if each.process is None]
        timeout = max(0.0, min(waits)) * 1000 if waits else None
        for ready, _ in poll.poll(timeout):
            if ready == self.stop_fd:
                return True
            program = by_fd[ready]
            code = program.ended()
            print(f"{program.name} ended with {code}; it starts again", flush=True)
        return False

    def _record(self) -> None:
        """A program whose process is journaled late is still found by the lab's marker."""
        self.state.record(
            programs={
                each.name: identity(each.process.pid) for each in self.programs if each.process
            }
        )
