"""Several people doing something at the same moment, each in a thread of their own."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from scoring.refusal import Refused

T = TypeVar("T")


def at_once(tasks: Sequence[Callable[[], T]]) -> list[T | Refused]:
    """Start all tasks together; what each answered, in their order. Anything but a refusal is raised."""
    start = threading.Barrier(len(tasks))
    answers: dict[int, T | Refused] = {}
    broken: list[BaseException] = []

    def work(number: int, task: Callable[[], T]) -> None:
        start.wait()
        try:
            answers[number] = task()
        except Refused as refused:
            answers[number] = refused
        except BaseException as wrong:
            broken.append(wrong)

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise broken[0]
    return [answers[number] for number in range(len(tasks))]
