"""Data sets in other forms: the part of `fastdcm.Dataset` for DICOM JSON and for pydicom."""

from __future__ import annotations

from fastdcm.origin import Origin

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Self

    import pydicom

    from fastdcm.json_model import BulkDataHandler, ElementHandler, JsonText, NonFinite, UriHandler
    from fastdcm.options import Limits

__all__ = ["Exchange"]


class Exchange(Origin):
    """What makes other forms of a data set, and data sets of them."""

    # JSON

    @classmethod
    def from_json(
        cls,
        json_dataset: JsonText,
        bulk_data_uri_handler: UriHandler | None = None,
        *,
        limits: Limits | None = None,
    ) -> Self:
        """Return the data set of a DICOM JSON Model object (PS3.18 Annex F).

        Text is kept as it is and declared as ISO_IR 192; group lengths are left out.

        Parameters
        ----------
        json_dataset : str, bytes, bytearray or dict
            One data set; `fastdcm.json_model.datasets_from_json` reads an array of them.
        bulk_data_uri_handler : callable, optional
            Called with tag, VR and URI, or with the URI alone, of each value that stands elsewhere; returns
            its bytes (little endian), text, a number for DS and IS, or None. Without it those elements are
            empty, with a warning.
        limits : Limits, optional
            What the text may ask for.

        Raises
        ------
        InvalidValueError
            The text is not of the model; the message says where, as ``$["00081110"].Value[0]``.
        LimitExceededError
            Sequences are nested too deeply.
        """
        from fastdcm import json_model  # noqa: PLC0415 - not used by all

        return json_model.from_json(json_dataset, bulk_data_uri_handler, limits=limits, class_=cls)

    def to_json(  # noqa: PLR0917 - pydicom's signature
        self,
        bulk_data_threshold: int = 1024,
        bulk_data_element_handler: ElementHandler | None = None,
        dump_handler: Callable[[dict[str, Any]], str] | None = None,
        suppress_invalid_tags: bool = False,  # noqa: FBT001, FBT002
        *,
        nonfinite: NonFinite = "error",
        bulk_data: BulkDataHandler | None = None,
    ) -> str:
        """Return the data set in the DICOM JSON Model (PS3.18 Annex F).

        Tags ascend; group lengths are left out. Specific Character Set is ISO_IR 192 where the data set has
        the element, or text beyond ASCII. DS and IS are numbers, or strings where a number would lose digits
        or the text is none; UV and SV are strings from 2**53 on.

        Parameters
        ----------
        bulk_data_threshold : int
            Characters of base64 up to which a value is written as such, where there is a handler.
        bulk_data_element_handler : callable, optional
            Called with each longer element of OB, OD, OF, OL, OV, OW or UN; returns its BulkDataURI.
        dump_handler : callable, optional
            Called with the result of `to_json_dict`; what it returns is returned.
        suppress_invalid_tags : bool
            Leave out elements that cannot be written, and log which; what a handler raises is raised.
        nonfinite : {"error", "null", "string"}
            What becomes of numbers of FL and FD that are not finite: an error, ``null``, or ``"NaN"``,
            ``"Infinity"`` and ``"-Infinity"``.
        bulk_data : callable, optional
            In place of `bulk_data_element_handler`: called with a `fastdcm.json_model.BulkDataContext` of
            each longer value, text of UC, LT, ST, UR and UT, too. It returns a URI, None to write the value
            as it is, or ``...`` to leave it out.

        Raises
        ------
        InvalidValueError
            A number that is not finite.
        """
        from fastdcm import json_model  # noqa: PLC0415 - not used by all

        options: dict[str, Any] = {
            "bulk_data_threshold": bulk_data_threshold,
            "bulk_data_element_handler": bulk_data_element_handler,
            "suppress_invalid_tags": suppress_invalid_tags,
            "nonfinite": nonfinite,
            "bulk_data": bulk_data,
        }
        if dump_handler is not None:
            return dump_handler(json_model.to_json_dict(self, **options))
        return json_model.to_json(self, **options)

    def to_json_dict(
        self,
        bulk_data_threshold: int = 1024,
        bulk_data_element_handler: ElementHandler | None = None,
        suppress_invalid_tags: bool = False,  # noqa: FBT001, FBT002 - pydicom's signature
        *,
        nonfinite: NonFinite = "error",
        bulk_data: BulkDataHandler | None = None,
    ) -> dict[str, Any]:
        """Return the objects that the text of `to_json` stands for; the arguments are the same."""
        from fastdcm import json_model  # noqa: PLC0415 - not used by all

        return json_model.to_json_dict(
            self,
            bulk_data_threshold=bulk_data_threshold,
            bulk_data_element_handler=bulk_data_element_handler,
            suppress_invalid_tags=suppress_invalid_tags,
            nonfinite=nonfinite,
            bulk_data=bulk_data,
        )

    # pydicom

    def to_pydicom(self) -> pydicom.Dataset:
        """Return the same elements as a data set of pydicom, for libraries that take no other.

        Of a `FileDataset` it is a ``pydicom.FileDataset``, with ``file_meta``, ``preamble`` and ``filename``.
        What was not changed since it was read goes over as its bytes, under the VR that is known here, and is
        decoded by pydicom when it is asked for. Changes of the one are not seen in the other.

        Raises
        ------
        ImportError
            pydicom is not installed.
        """
        from fastdcm.interop import to_pydicom  # noqa: PLC0415 - not used by all

        return to_pydicom(self)  # type: ignore[arg-type, no-any-return] # a Dataset

    @classmethod
    def from_pydicom(cls, ds: pydicom.Dataset) -> Self:
        """Return a data set with the elements of one of pydicom's, and its ``file_meta`` and ``preamble``.

        Of a ``pydicom.FileDataset``, ``Dataset.from_pydicom`` makes a `FileDataset`. What pydicom has not
        decoded yet is read from its bytes, other elements are set with their values, which nobody checks.

        Parameters
        ----------
        ds : pydicom.Dataset
            The data set, or an item of a sequence.

        Raises
        ------
        LimitExceededError
            Sequences are nested too deeply.
        """
        from fastdcm.interop import from_pydicom  # noqa: PLC0415 - not used by all

        return from_pydicom(ds, cls)  # type: ignore[type-var] # of Dataset
