"""Runs one program to its end; what it said becomes the error."""

import subprocess

from errors import LabError


def run(*command: str, field: str = "") -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise LabError("TOOL_MISSING", f"{command[0]} is not installed", command[0]) from None
    except subprocess.TimeoutExpired:
        raise LabError("LAB_FAILED", f"`{' '.join(command)}` did not end within 60 s", field) from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        raise LabError("LAB_FAILED", f"`{' '.join(command)}` failed: {said}", field)
    return done.stdout


def succeeds(*command: str) -> bool:
    try:
        run(*command)
    except LabError:
        return False
    return True
