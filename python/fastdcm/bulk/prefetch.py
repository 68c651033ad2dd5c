"""Work that is done ahead by a thread, a bounded number of steps."""

from __future__ import annotations

import collections
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from fastdcm.bulk.batch import Batch

    # Makes a batch of its number, and calls the second argument now and then, which raises when nobody waits.
    Make: TypeAlias = Callable[[int, "Callable[..., None] | None"], Batch]

__all__ = ["Prefetch"]

# Where a lock cannot be interrupted, Ctrl-C is seen this soon.
_PATIENCE = 0.1


class _ClosedError(Exception):
    """Nobody waits for the work any more."""


class Prefetch:
    """What `make` makes of each number, in their order, made ahead by a thread.

    No more than `ahead` results are there or in the making. An exception comes out in the place of its
    result, and ends the work. `make` must not hold what owns this object: the thread would keep it alive.
    """

    def __init__(self, make: Make, numbers: Iterable[int], ahead: int):
        self._make = make
        self._numbers = numbers
        self._ahead = ahead
        self._ready: collections.deque[tuple[Batch | None, BaseException | None]] = collections.deque()
        self._changed = threading.Condition()
        self._is_closed = self._is_finished = False
        self._process = os.getpid()
        # A daemon, so that the interpreter does not wait for it before it calls who closes this at exit.
        self._thread = threading.Thread(target=self._run, name="fastdcm-prefetch", daemon=True)
        self._thread.start()

    def take(self) -> Batch:
        """Wait for the next result.

        Raises
        ------
        StopIteration
            There is none any more.
        RuntimeError
            This is a process that was forked: its thread has stayed behind.
        """
        if os.getpid() != self._process:
            raise RuntimeError(
                "this stream was started before the process was forked, and its thread stayed behind: "
                "make the stream in the process that uses it"
            )
        with self._changed:
            while not self._ready:
                if self._is_finished or self._is_closed or not self._thread.is_alive():
                    raise StopIteration
                self._changed.wait(_PATIENCE)
            result, error = self._ready.popleft()
            self._changed.notify_all()
        if result is None:
            raise error or StopIteration
        return result

    def close(self) -> None:
        """End the thread, within about 50 ms and a frame, and wait for it."""
        if os.getpid() != self._process:
            return  # a fork may have left the lock locked
        with self._changed:
            self._is_closed = True
            self._ready.clear()
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _check(self, *_: object) -> None:
        if self._is_closed:
            raise _ClosedError

    def _run(self) -> None:
        for number in self._numbers:
            with self._changed:
                while len(self._ready) >= self._ahead and not self._is_closed:
                    self._changed.wait()
            result, failed = None, None
            try:
                self._check()
                result = self._make(number, self._check)
            except _ClosedError:
                return
            except BaseException as error:  # noqa: BLE001 - it is raised where the result is taken
                failed = error
            self._put(result, failed)
            # Otherwise it would live on here until the next one is made.
            del result
            if failed is not None:
                return
        with self._changed:
            self._is_finished = True
            self._changed.notify_all()

    def _put(self, result: Batch | None, error: BaseException | None) -> None:
        with self._changed:
            if not self._is_closed:
                self._ready.append((result, error))
                self._changed.notify_all()
