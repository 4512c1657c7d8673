"""How long the demo takes from its start until it is ready, and the memory that it holds then."""

from pathlib import Path
from statistics import median

from bench.process import free_port, running, wait_until_ready
from bench.table import Goals, progress, table


def run(folder: Path, goals: Goals, times: int) -> None:
    """Start it on an empty folder, and again several times."""
    rows, later = [], []
    for number in range(times + 1):
        progress(f"start: {number + 1} of {times + 1}")
        port = free_port()
        with running(folder, "bot", "run", WEB_PORT=str(port)) as process:
            seconds = wait_until_ready(process, port)
            memory = process.memory()
        if number == 0:
            rows.append(("the first, which builds the demo", f"{seconds:.2f}", f"{memory:.0f}"))
        else:
            later.append((seconds, memory))
    again, memory = median(seconds for seconds, _ in later), median(memory for _, memory in later)
    rows.append((f"the second and later ones (median of {times})", f"{again:.2f}", f"{memory:.0f}"))
    table("From the start to ready", ("", "seconds", "MB"), rows)
    goals.add("second start to ready", f"{again:.2f} s", "< 2 s", again < 2)
    goals.add("memory when ready", f"{memory:.0f} MB", "< 150 MB", memory < 150)
