"""The lab's journal: what it made, or is about to make, so that `lab down` can undo all of it.

One JSON file, written to a new file and renamed, so that a reader never meets half of it. It is
written before each thing is created: after a kill -9 it names at least all that exists.
"""

import json
import os
import shutil
import tempfile

from errors import LabError

LAB_DIR = "/run/ferry/lab"
LAST_LOGS = "/run/ferry/last-logs"


class LabState:
    """The journal of the one lab of this machine."""

    def __init__(self, values: dict):
        self.values = values

    @classmethod
    def create(cls, values: dict) -> "LabState":
        """Takes the machine's one place for a lab; LAB_RUNNING when it is taken."""
        parent = os.path.dirname(LAB_DIR)
        os.makedirs(parent, exist_ok=True)
        # Filled first and then put in place, so that a lab's directory always has its journal.
        new = tempfile.mkdtemp(prefix="lab.new.", dir=parent)
        os.chmod(new, 0o755)
        state = cls(values)
        state._write(new)
        try:
            os.rename(new, LAB_DIR)
        except OSError:
            shutil.rmtree(new)
            raise LabError("LAB_RUNNING", f"there is a lab in {LAB_DIR} already") from None
        return state

    @classmethod
    def read(cls) -> "LabState":
        """The journal of the lab that is there; LAB_NOT_RUNNING when there is none."""
        try:
            with open(os.path.join(LAB_DIR, "state.json"), encoding="utf-8") as file:
                return cls(json.load(file))
        except FileNotFoundError:
            raise LabError("LAB_NOT_RUNNING", f"there is no lab in {LAB_DIR}") from None
        except ValueError as error:
            raise LabError("LAB_FAILED", f"{LAB_DIR}/state.json is damaged: {error}") from None

    def record(self, **values) -> None:
        self.values.update(values)
        self.save()

    def save(self) -> None:
        self._write(LAB_DIR)

    def _write(self, directory: str) -> None:
        new = os.path.join(directory, "state.json.new")
        with open(new, "w", encoding="utf-8") as file:
            json.dump(self.values, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.rename(new, os.path.join(directory, "state.json"))

    @staticmethod
    def discard() -> None:
        """Frees the machine's place for a lab, at once, and then the files."""
        gone = tempfile.mkdtemp(prefix="lab.gone.", dir=os.path.dirname(LAB_DIR))
        os.rename(LAB_DIR, gone)
        shutil.rmtree(gone)
