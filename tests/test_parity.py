"""What a user of pydicom 3 types: the same names, the same results, and what is another way on purpose."""

from __future__ import annotations

import ast
import copy
import inspect
import io
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pydicom.dataset
import pydicom.multival
import pydicom.tag
import pydicom.uid
import pydicom.valuerep
import pytest

import fastdcm
from fastdcm.private_block import PrivateBlock

VECTORS = Path(__file__).parent / "vectors"

# Public names of pydicom that are not here, and why.
LEFT_OUT: dict[tuple[type, type], dict[str, str]] = {
    (pydicom.Dataset, fastdcm.Dataset): {
        "compress": "to come with the encoders",
        "convert_pixel_data": "pixel_array and decompress do it; there are no handlers to choose from",
        "default_element_format": "an argument of formatted_lines",
        "default_sequence_element_format": "an argument of formatted_lines",
        "pixel_array_options": "arguments of fastdcm.pixel_array: nothing is remembered between calls",
        "read_encoding": "deprecated there; original_character_set",
        "update_raw_element": "there are no raw elements: values are decoded when they are asked for",
        "waveform_array": "to come with waveforms",
    },
    (pydicom.FileDataset, fastdcm.FileDataset): {},
    (pydicom.dataset.FileMetaDataset, fastdcm.FileMetaDataset): {},
    (pydicom.DataElement, fastdcm.DataElement): {
        "descripWidth": "how the one-line form looks is fixed; formatted_lines takes any format",
        "from_json": "Dataset.from_json: an element alone does not know its character set",
        "maxBytesToDisplay": "as descripWidth",
        "showVR": "as descripWidth",
        "validate": "values are checked when they are assigned; checks= says how",
    },
    (pydicom.Sequence, fastdcm.Sequence): {},
    (pydicom.multival.MultiValue, fastdcm.MultiValue): {},
    (pydicom.dataset.PrivateBlock, PrivateBlock): {},
    (pydicom.uid.UID, fastdcm.UID): {},
    (pydicom.tag.BaseTag, fastdcm.BaseTag): {},
    (pydicom.valuerep.PersonName, fastdcm.PersonName): {},
}

# Typed in both, with another result: (code, pydicom's result, ours, why).
OTHERWISE = [
    ("ds.data_element('PatientSex')", "KeyError", "None", "pydicom's documentation says None"),
    ("ds[1.5:]", "Dataset", "TypeError", "a float is no tag"),
    ("ds.get(1.5)", "None", "TypeError", "a float is no tag"),
    ("ds.setdefault(1.5, b'x')", "DataElement", "TypeError", "a float is no tag"),
    ("ds.InstanceNumber = 'abc'", "ValueError", "None", "text that is no number is kept, with a warning"),
    ("ds.SliceThickness = 'abc'", "ValueError", "None", "text that is no number is kept, with a warning"),
    ("ds.PixelSpacing[0] = 'abc'", "ValueError", "None", "text that is no number is kept"),
    ("ds.PixelSpacing = (1.5, 2); ds.PixelSpacing", "TypeError", "MultiValue", "a tuple is several values"),
    ("ds.PixelSpacing = np.array([1.5, 2])", "TypeError", "None", "an array is several values"),
    ("ds.ImageType = ('A', 'B'); ds.ImageType", "tuple", "MultiValue", "a tuple is several values"),
    ("ds.PixelData = bytearray(b'ab'); ds.PixelData", "MultiValue", "bytearray", "bytes, not numbers"),
    ("ds.Rows = np.uint16(5); ds.Rows", "uint16", "int", "numbers of numpy become those of Python"),
    ("ds.PatientNam = 'x'", "None", "AttributeError", "nearly a keyword: no file would have it"),
    ("ds.OverlayRows = 5", "ValueError", "None", "the keyword stands for the first group"),
    ("DataElement(0x60020010, 'US', 1).keyword", "''", "'OverlayRows'", "the keyword of the standard"),
    ("MultiValue(int, '12')", "MultiValue", "TypeError", "text is one value"),
    ("MultiValue(int, [1]) + [4]", "TypeError", "list", "as lists do"),
    ("[4] + MultiValue(int, [1])", "TypeError", "list", "as lists do"),
    ("DataElement(0x00280106, 'US or SS', 5).VR", "'US or SS'", "'US'", "the VR that would be written now"),
    ("ds.PixelData = b'a'; ds['PixelData'].VR", "'OB or OW'", "'OW'", "the VR that would be written now"),
    ("DataElement('PatientID', 'XX', 'a')", "DataElement", "ValueError", "there is no such VR"),
    ("DataElement('PatientID', None, 'a')", "DataElement", "ValueError", "None is no VR"),
    ("DataElement('PatientID', 'UN', b'a').VR", "'LO'", "'UN'", "what is asked for is made"),
    ("DataElement('PatientName', 'PN', 5)", "AttributeError", "TypeError", "a wrong type"),
    ("DataElement('ReferencedImageSequence', 'SQ', []).empty_value", "list", "Sequence", "as its value is"),
    ("ds['PatientID'].tag = Tag('PatientName')", "None", "AttributeError", "the tag is what it is found by"),
    ("ds['PatientID'].note = 1", "None", "AttributeError", "elements are made anew at each access"),
    (
        "ds['PatientID'].private_creator = 'X'",
        "None",
        "AttributeError",
        "the data set says who has the block",
    ),
    ("ds.ProcedureCodeSequence.is_undefined_length", "AttributeError", "False", "known of every sequence"),
    (
        "ds.ProcedureCodeSequence.is_undefined_length = True",
        "None",
        "AttributeError",
        "the element's attribute",
    ),
    ("other = copy.copy(ds); other.Rows = 9; ds.Rows", "9", "5", "a copy has elements of its own"),
    ("other = Dataset(ds); other.PatientSex = 'M'; 'PatientSex' in ds", "True", "False", "as a copy"),
    ("ds.update(5)", "AttributeError", "TypeError", "a wrong type"),
    (
        "ds.update({'PatientID': DataElement('PatientID', 'LO', '9')}); ds.PatientID",
        "DataElement",
        "'9'",
        "its value",
    ),
    ("ds.file_meta = None; ds.file_meta", "None", "FileMetaDataset", "empty: there is nothing to test for"),
    ("FileDataset()", "TypeError", "FileDataset", "an empty one"),
    ("Dataset.from_json('[]')", "AttributeError", "ValueError", "text that is not of the model"),
    ("Dataset.from_json({'00100020': {'Value': ['a']}})", "KeyError", "ValueError", "as above"),
    ("ds.preamble", "AttributeError", "None", "None where there is none"),
    ("ds.filename", "AttributeError", "None", "None where there is none"),
    ("ds.pixel_array", "AttributeError", "ValueError", "PixelDataError, as all faults of pixel data"),
    (
        "ds.overlay_array(0x6000)",
        "AttributeError",
        "ValueError",
        "PixelDataError, as all faults of pixel data",
    ),
    ("ds.decompress()", "AttributeError", "ValueError", "PixelDataError, as all faults of pixel data"),
    ("ds.keys()", "dict_keys", "list", "in the order of tags"),
]

# Of a data set that was read, pydicom gives elements that it has not decoded, and names codecs of Python.
OTHERWISE_READ = {
    "list(ds.elements())",
    'ds.pop("PatientID")',
    "ds.pop(0x00100020).value",
    "ds.pop((0x10,0x20)).value",
    "ds.original_character_set",
    "ds.save_as(io.BytesIO(),enforce_file_format=True)",
    'ds.get_item("PatientID")',
    'ds.get_item("PatientID",keep_deferred=True)',
}

SETUP = """
ds = Dataset()
ds.PatientName = "Doe^Jane"
ds.PatientID = "42"
ds.Rows = 5
ds.PixelSpacing = [1.5, 2]
ds.ImageType = ["A", "B"]
item = Dataset()
item.CodeValue = "x"
item.CodeMeaning = "y"
ds.ProcedureCodeSequence = [item]
ds.private_block(0x0009, "ACME", create=True).add_new(1, "LO", "p")
"""
READ = (
    SETUP
    + """
written = io.BytesIO()
ds.save_as(written, implicit_vr=False, little_endian=True)
ds = dcmread(io.BytesIO(written.getvalue()), force=True)
item = ds.ProcedureCodeSequence[0]
"""
)
PYDICOM = {
    "dcmread": pydicom.dcmread,
    "Dataset": pydicom.Dataset,
    "FileDataset": pydicom.FileDataset,
    "FileMetaDataset": pydicom.dataset.FileMetaDataset,
    "DataElement": pydicom.DataElement,
    "Sequence": pydicom.Sequence,
    "MultiValue": pydicom.multival.MultiValue,
    "PersonName": pydicom.valuerep.PersonName,
    "DS": pydicom.valuerep.DS,
    "IS": pydicom.valuerep.IS,
    "UID": pydicom.uid.UID,
    "Tag": pydicom.tag.Tag,
}
OURS = {name: getattr(fastdcm, name) for name in PYDICOM}


def outcome(code: str, library: dict[str, Any], setup: str = SETUP) -> tuple[str, str]:
    """The type and form of what the last expression gives; or the built-in exception that is raised."""
    scope: dict[str, Any] = {**library, "np": np, "copy": copy, "io": io, "pickle": pickle}
    exec(setup, scope)
    tree = ast.parse(code)
    last = tree.body[-1]
    expression = (
        ast.Expression(tree.body.pop().value)
        if isinstance(last, ast.Expr)
        else ast.parse("None", mode="eval")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of values that are odd on purpose
        try:
            exec(compile(tree, "<case>", "exec"), scope)
            value = eval(compile(expression, "<case>", "eval"), scope)
            return type(value).__name__, repr(value)
        except Exception as error:  # noqa: BLE001 - what is raised is what is compared
            builtin = next(
                one for one in type(error).__mro__ if one.__module__ == "builtins" and one is not Exception
            )
            return builtin.__name__, "raised"


def cases() -> list[str]:
    lines = (VECTORS / "parity.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("code", cases())
def test_same_result(code: str) -> None:
    assert outcome(code, OURS) == outcome(code, PYDICOM)


@pytest.mark.parametrize("code", [code for code in cases() if code not in OTHERWISE_READ])
def test_same_result_with_a_data_set_that_was_read(code: str) -> None:
    assert outcome(code, OURS, READ) == outcome(code, PYDICOM, READ)


@pytest.mark.parametrize(("code", "theirs", "ours", "_why"), OTHERWISE)
def test_other_result_on_purpose(code: str, theirs: str, ours: str, _why: str) -> None:
    assert theirs in outcome(code, PYDICOM)
    assert ours in outcome(code, OURS)


@pytest.mark.parametrize(("theirs", "ours"), LEFT_OUT, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_public_names_are_here_or_left_out_on_purpose(theirs: type, ours: type) -> None:
    missing = {name for name in dir(theirs) if not name.startswith("_") and not hasattr(ours, name)}
    known = {name for row in LEFT_OUT.values() for name in row}
    assert missing <= known
    assert set(LEFT_OUT[theirs, ours]) <= missing


@pytest.mark.parametrize(
    "name",
    [
        "add_new",
        "add_new_private",
        "from_json",
        "get",
        "get_item",
        "get_private_item",
        "private_block",
        "set_original_encoding",
        "set_pixel_data",
        "setdefault",
        "to_json",
        "to_json_dict",
        "walk",
    ],
)
def test_arguments_have_the_same_names_in_the_same_order(name: str) -> None:
    def arguments(cls: type) -> list[str]:
        parameters = inspect.signature(getattr(cls, name)).parameters.values()
        return [p.name for p in parameters if p.name != "self" and p.kind is not p.VAR_KEYWORD]

    theirs = arguments(pydicom.Dataset)
    assert arguments(fastdcm.Dataset)[: len(theirs)] == theirs


@pytest.mark.parametrize(
    "options",
    [
        {"implicit_vr": True},
        {"implicit_vr": True, "little_endian": True},
        {"implicit_vr": False, "little_endian": False},
        {"implicit_vr": False, "little_endian": True, "write_like_original": True},
    ],
)
def test_new_data_set_is_written_as_pydicom_writes_it(options: dict[str, bool]) -> None:
    written = []
    for library in (PYDICOM, OURS):
        scope: dict[str, Any] = dict(library)
        exec(SETUP, scope)
        target = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pydicom's, of write_like_original
            warnings.filterwarnings("ignore", message="implicit VR does not keep")
            scope["ds"].save_as(target, **options)
        written.append(target.getvalue())
    assert written[0] == written[1]


def test_save_as_wants_something_to_write_to() -> None:
    ds = fastdcm.Dataset()
    for target in (None, 5, object()):
        with pytest.raises(TypeError):
            ds.save_as(target, implicit_vr=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shape", "dtype", "photometric", "bits"),
    [
        ((4, 5), "uint8", "MONOCHROME2", 8),
        ((3, 4, 5), "int16", "MONOCHROME1", 12),
        ((4, 6, 3), "uint8", "RGB", 8),
        ((2, 4, 6, 3), "uint8", "YBR_FULL_422", 8),
        ((2, 4, 6), "uint16", "PALETTE COLOR", 16),
    ],
)
def test_set_pixel_data_sets_what_pydicom_sets(
    shape: tuple[int, ...], dtype: str, photometric: str, bits: int
) -> None:
    array = np.random.default_rng(1).integers(0, 100, shape).astype(dtype)
    ours, theirs = fastdcm.Dataset(), pydicom.Dataset()
    for ds in (ours, theirs):
        ds.SOPClassUID, ds.SOPInstanceUID = "1.2", "1.3"
        ds.set_pixel_data(array, photometric, bits, generate_instance_uid=False)
    assert fastdcm.Dataset.from_pydicom(theirs) == ours
    assert np.array_equal(theirs.pixel_array, ours.pixel_array)
    ours.set_pixel_data(array, photometric, bits)
    assert ours.SOPInstanceUID != "1.3"


@pytest.mark.parametrize(
    ("array", "photometric", "bits"),
    [
        (np.zeros((2, 2)), "MONOCHROME2", 8),
        (np.zeros((2, 2), "uint32"), "MONOCHROME2", 8),
        (np.zeros((2, 2), "uint8"), "MONOCHROME2", 9),
        (np.zeros((2, 2), "uint8"), "MONOCHROME2", 0),
        (np.full((2, 2), 200, "uint8"), "MONOCHROME2", 7),
        (np.zeros((2, 2), "uint8"), "RGB", 8),
        (np.zeros((2, 2, 4), "uint8"), "RGB", 8),
        (np.zeros((2, 3, 3), "uint8"), "YBR_FULL_422", 8),
        (np.zeros((2,), "uint8"), "MONOCHROME2", 8),
        (np.zeros((0, 2), "uint8"), "MONOCHROME2", 8),
        (np.zeros((2, 2), "uint8"), "CMYK", 8),
    ],
)
def test_set_pixel_data_refuses_what_does_not_fit(array: Any, photometric: str, bits: int) -> None:
    ds = fastdcm.Dataset()
    with pytest.raises(ValueError):  # noqa: PT011 - messages differ
        ds.set_pixel_data(array, photometric, bits)
    assert not len(ds)


def test_set_pixel_data_leaves_a_transfer_syntax_of_native_pixels() -> None:
    ds = fastdcm.Dataset()
    ds.ensure_file_meta()
    for syntax, after in [
        ("1.2.840.10008.1.2", "1.2.840.10008.1.2"),
        ("1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1"),
    ]:
        ds.file_meta.TransferSyntaxUID = syntax
        ds.set_pixel_data(np.zeros((2, 2), "uint8"), "MONOCHROME2", 8)
        assert ds.file_meta.TransferSyntaxUID == after
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.2"
    with pytest.raises(NotImplementedError):
        ds.set_pixel_data(np.zeros((2, 2), "uint8"), "MONOCHROME2", 8)
