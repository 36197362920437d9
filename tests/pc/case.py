"""A call of the command and what must come of it."""
import dataclasses


@dataclasses.dataclass
class Case:
    name: str
    arguments: list
    status: int
    output: str = ""        # pattern of standard output, whole
    message: str = ""       # pattern somewhere in standard error; empty: nothing is said
    text: str = ""          # standard input
    redirect: str = ""      # of the shell, behind the command
