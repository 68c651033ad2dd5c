"""How something is read: small immutable classes, every one an argument; nothing is process-wide."""

from fastdcm import _core

__all__ = ["Limits", "ReadOptions", "checked_threads"]

# More wait for each other longer than they work.
_MOST_THREADS = 1024


def checked_threads(threads: int | None) -> int | None:
    """A number of threads that there can be, or None for as many as cores.

    Raises
    ------
    TypeError, ValueError
        It is no whole number, or not from 1 to 1024.
    """
    if threads is None:
        return None
    if isinstance(threads, bool) or not hasattr(threads, "__index__"):
        raise TypeError("threads must be an int, or None for as many as cores")
    number = threads.__index__()
    if not 1 <= number <= _MOST_THREADS:
        raise ValueError(f"threads must be 1 to {_MOST_THREADS}, or None for as many as cores")
    return number


class _Immutable:
    """Named values that are set once, compared, hashed, shown and changed by copy."""

    __slots__: tuple[str, ...] = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable; use replace({name}=...)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def _values(self) -> tuple[object, ...]:
        return tuple(getattr(self, name) for name in self.__slots__)

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        arguments = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__name__}({arguments})"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), dict(zip(self.__slots__, self._values(), strict=True)))


def _restore(cls: type[_Immutable], values: dict[str, object]) -> _Immutable:
    return cls(**values)


class Limits(_Immutable):
    """What input may ask of us, whatever it claims.

    Parameters
    ----------
    depth : int
        Sequences inside sequences.
    elements : int
        Elements and items of one file, in addition to the bound by its size (eight bytes each).
    inflated : int
        Bytes of a data set after inflating (PS3.5 §A.5).
    frame : int
        Bytes of one decoded frame, unless as many native bytes are really there.
    """

    __slots__ = ("depth", "elements", "frame", "inflated")

    depth: int
    elements: int
    inflated: int
    frame: int

    def __init__(
        self,
        *,
        depth: int = _core.LIMITS["depth"],
        elements: int = _core.LIMITS["elements"],
        inflated: int = _core.LIMITS["inflated"],
        frame: int = _core.LIMITS["frame"],
    ):
        given = {"depth": depth, "elements": elements, "inflated": inflated, "frame": frame}
        for name, value in given.items():
            if not isinstance(value, int) or isinstance(value, bool):
                raise TypeError(f"{name} must be an int")
            if value < 0:
                raise ValueError(f"{name} must not be negative")
            object.__setattr__(self, name, value)

    def replace(self, **changes: int) -> "Limits":
        """Return a copy with these limits changed."""
        return Limits(**{name: getattr(self, name) for name in self.__slots__} | changes)


class ReadOptions(_Immutable):
    """How files are read and values understood.

    Parameters
    ----------
    limits : Limits
        What input may ask for.
    on_warning : {"collect", "warn", "raise"}
        What happens when something is wrong and could be read all the same: it is listed in
        ``Dataset.warnings``, it is listed and issued through ``warnings.warn``, or it is an error.
    strict : bool
        The same as ``on_warning="raise"``.
    character_set : str or sequence of str, optional
        Terms that replace Specific Character Set (0008,0005) everywhere in the file, for mislabelled ones
        (PS3.3 §C.12.1.1.2), as ``"ISO_IR 192"``.
    read_on : bool
        Do not stop early: with ``stop_before_pixels`` and ``specific_tags`` leave out what is not asked for,
        and find what stands out of order behind it.
    even_lengths : bool
        Take an odd length for a mistake of one: the value has a byte more than its header says.
    allow_empty : bool
        A file that ends behind the "DICM" prefix is a data set without elements, not an error.
    checks : {"warn", "error", "ignore"}
        What becomes of values that are assigned later and break a rule of their VR (PS3.5 §6.2): they are
        taken with a warning, refused, or taken.
    """

    __slots__ = ("allow_empty", "character_set", "checks", "even_lengths", "limits", "on_warning", "read_on")

    limits: Limits
    on_warning: str
    character_set: tuple[str, ...] | None
    read_on: bool
    even_lengths: bool
    allow_empty: bool
    checks: str

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        on_warning: str = "collect",
        strict: bool = False,
        character_set: str | list[str] | tuple[str, ...] | None = None,
        read_on: bool = False,
        even_lengths: bool = False,
        allow_empty: bool = False,
        checks: str = "warn",
    ):
        if limits is not None and not isinstance(limits, Limits):
            raise TypeError("limits must be Limits")
        if on_warning not in {"collect", "warn", "raise"}:
            raise ValueError("on_warning must be 'collect', 'warn' or 'raise'")
        if checks not in {"warn", "error", "ignore"}:
            raise ValueError("checks must be 'warn', 'error' or 'ignore'")
        object.__setattr__(self, "checks", checks)
        if isinstance(character_set, str):
            character_set = tuple(character_set.split("\\"))
        for name, value in {
            "read_on": read_on,
            "even_lengths": even_lengths,
            "allow_empty": allow_empty,
        }.items():
            object.__setattr__(self, name, bool(value))
        object.__setattr__(self, "limits", Limits() if limits is None else limits)
        object.__setattr__(self, "on_warning", "raise" if strict else on_warning)
        object.__setattr__(self, "character_set", None if character_set is None else tuple(character_set))

    @property
    def strict(self) -> bool:
        """True when every warning is an error."""
        return self.on_warning == "raise"

    def replace(self, **changes: object) -> "ReadOptions":
        """Return a copy with these options changed."""
        values = {name: getattr(self, name) for name in self.__slots__} | changes
        return ReadOptions(**values)
