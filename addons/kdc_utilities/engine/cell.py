"""What an import says about one cell of a sheet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong with a cell: line from 1, column from 0, a code and the value as found."""

    line: int
    column: int
    code: str
    value: str = ""
