"""Coded errors of the lab: the codes are those of sdn-app/contract/errors.ts."""

import json
import sys


class LabError(Exception):
    """A fault that a user can mend: code, what is wrong, and the field or object at fault."""

    def __init__(self, code: str, message: str, field: str = ""):
        super().__init__(message)
        self.code = code
        self.field = field

    def as_problem(self) -> dict:
        problem = {"code": self.code, "message": str(self)}
        if self.field:
            problem["field"] = self.field
        return problem


def report(error: LabError) -> None:
    """One JSON line on stderr, which the `ferry` command turns into text or passes on."""
    print(json.dumps({"error": error.as_problem()}), file=sys.stderr, flush=True)
