"""Values: what the bytes of each VR become (PS3.5 §6.2)."""

from __future__ import annotations

import copy
import datetime
import pickle
import struct
from typing import Any

import numpy as np
import pytest

import fastdcm
from dicom_writer import EXPLICIT_BIG, IMPLICIT_LITTLE, encode_dataset, encode_file
from fastdcm import uid as uids
from fastdcm.values import IS, DSfloat, ISfloat, PersonName


def read(
    tag: int, vr: str, value: Any, *, charset: str | None = None, **arguments: Any
) -> fastdcm.FileDataset:
    elements: list[Any] = [(tag, vr, value)]
    if charset is not None:
        elements.insert(0, (0x00080005, "CS", charset))
    return fastdcm.dcmread(encode_file(elements), **arguments)


@pytest.mark.parametrize(
    ("tag", "vr", "raw", "value"),
    [
        (0x00080054, "AE", b" ACME ", "ACME"),
        (0x00101010, "AS", b"042Y", "042Y"),
        (0x00280009, "AT", b"\x18\x00\x63\x10", 0x00181063),
        (0x00280009, "AT", b"\x18\x00\x63\x10\x18\x00\x65\x10", [0x00181063, 0x00181065]),
        (0x00080060, "CS", b"CT", "CT"),
        (0x00080020, "DA", b"20240229", "20240229"),
        (0x0008002A, "DT", b"20240229120000.5+0100 ", "20240229120000.5+0100"),
        (0x00180050, "DS", b" 2.50 ", 2.5),
        (0x00280030, "DS", b"1\\2.5 ", [1.0, 2.5]),
        (0x00189073, "FD", struct.pack("<d", 1.5), 1.5),
        (0x00720076, "FL", struct.pack("<ff", 1.5, -2), [1.5, -2.0]),
        (0x00200013, "IS", b"0012", 12),
        (0x00080070, "LO", b" x  ", " x"),
        (0x00104000, "LT", b"a\\b ", "a\\b"),
        (0x00282000, "OB", b"\1\2", b"\1\2"),
        (0x00080050, "SH", b"1\\2 ", ["1", "2"]),
        (0x00720078, "SL", struct.pack("<ii", -1, 2**31 - 1), [-1, 2**31 - 1]),
        (0x00189219, "SS", struct.pack("<h", -5), -5),
        (0x00400555, "SQ", [], []),
        (0x00080081, "ST", b"a\\b ", "a\\b"),
        (0x00720082, "SV", struct.pack("<q", -(2**63)), -(2**63)),
        (0x00080030, "TM", b"120000.25 ", "120000.25"),
        (0x00080119, "UC", b" a\\b  ", [" a", "b"]),
        (0x00080018, "UI", b"1.2.3\0", "1.2.3"),
        (0x00720074, "UL", struct.pack("<I", 2**32 - 1), 2**32 - 1),
        (0x00080120, "UR", b"http://a/b\\c  ", "http://a/b\\c"),
        (0x00280010, "US", struct.pack("<H", 65535), 65535),
        (0x0040A160, "UT", b"a\\b\r\n ", "a\\b\r\n"),
        (0x00720083, "UV", struct.pack("<Q", 2**64 - 1), 2**64 - 1),
        (0x00091001, "UN", b"\1\2", b"\1\2"),
    ],
)
def test_ps3_5_6_2_value_of_each_vr(tag: int, vr: str, raw: bytes, value: Any) -> None:
    element = read(tag, vr, raw)[tag]
    assert element.value == value
    assert vr == element.VR
    if isinstance(value, list) and vr != "SQ":
        assert isinstance(element.value, fastdcm.MultiValue)
        assert len(value) == element.VM
    elif vr != "SQ":
        assert type(element.value).__mro__[-2] is type(value) or isinstance(element.value, type(value))


@pytest.mark.parametrize(
    "vr", ["AE", "AS", "CS", "DA", "DT", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"]
)
def test_empty_text_is_an_empty_text(vr: str) -> None:
    element = read(0x00091001, vr, "")[0x00091001]
    assert element.value == ""
    assert element.VM == 0
    assert element.is_empty


@pytest.mark.parametrize(
    "vr", ["AT", "DS", "FD", "FL", "IS", "OB", "OW", "SL", "SS", "SV", "UL", "UN", "US", "UV"]
)
def test_empty_number_is_none(vr: str) -> None:
    element = read(0x00091001, vr, b"")[0x00091001]
    assert element.value is None
    assert element.VM == 0


def test_numbers_in_big_endian() -> None:
    elements: list[Any] = [
        (0x00280009, "AT", struct.pack(">HH", 0x18, 0x1063)),
        (0x00280010, "US", 258),
        (0x00720076, "FL", [1.5, 2.0]),
        (0x0072007C, "SL", [-2, 3]),
    ]
    ds = fastdcm.dcmread(encode_file(elements, EXPLICIT_BIG))
    assert ds.FrameIncrementPointer == 0x00181063
    assert ds.Rows == 258
    assert ds.SelectorFLValue == [1.5, 2.0]
    assert ds.SelectorSLValue == [-2, 3]
    assert ds["SelectorSLValue"].to_numpy().tolist() == [-2, 3]
    assert ds["SelectorSLValue"].to_numpy().dtype == np.dtype("i4")


def test_decimal_string_keeps_its_text() -> None:
    value = read(0x00180050, "DS", b" +2.50 ").SliceThickness
    assert isinstance(value, DSfloat)
    assert (value, str(value), value.original_string, repr(value)) == (2.5, "+2.50", "+2.50", "'+2.50'")
    assert value == "+2.50"
    assert value != 2.4
    assert hash(value) == hash(2.5)
    for clone in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert type(clone) is DSfloat
        assert clone.original_string == "+2.50"
    assert str(DSfloat(2.5)) == "2.5"
    assert DSfloat(" ") == " "


def test_integer_string_keeps_its_text() -> None:
    value = read(0x00200013, "IS", b"+012").InstanceNumber
    assert isinstance(value, IS)
    assert (value, str(value), value.original_string, repr(value)) == (12, "+012", "+012", "'12'")
    assert value == "+012"
    for clone in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert isinstance(clone, IS)
        assert clone.original_string == "+012"
    assert read(0x00200013, "IS", b"-0 ").InstanceNumber.original_string == "-0"
    assert IS("5").original_string == "5"
    assert isinstance(IS("1.5"), ISfloat)


@pytest.mark.parametrize(
    ("vr", "raw", "value", "kind"),
    [
        ("IS", b"1.5 ", 1.5, "InvalidNumber"),
        ("IS", b"1.0 ", 1, "InvalidNumber"),
        ("IS", b"3000000000", 3_000_000_000, "NumberOverflow"),
        ("DS", b"1,5 ", "1,5", "InvalidNumber"),
        ("DS", b"1e999 ", "1e999", "NumberOverflow"),
        ("US", b"\1\2\3", b"\1\2\3", "InvalidLength"),
        ("DA", b"20240230", "20240230", "InvalidDate"),
        ("TM", b"256060", "256060", "InvalidTime"),
        ("DT", b"2024133111", "2024133111", "InvalidDateTime"),
        ("PN", b"a=b=c=d ", "a=b=c=d", "InvalidPersonName"),
        ("UI", b"1.2.x ", "1.2.x", "InvalidUid"),
    ],
)
def test_odd_values_are_read_as_well_as_they_can_be(vr: str, raw: bytes, value: Any, kind: str) -> None:
    tag = 0x00091001
    header = struct.pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), len(raw))
    data = encode_file([(0x00090010, "LO", "ACME")]) + header + raw
    ds = fastdcm.dcmread(data)
    before = len(ds.warnings)
    assert ds[tag].value == value
    found = ds.warnings[before:]
    assert [warning.kind for warning in found] == [kind]
    assert found[0].tag == tag
    assert found[0].offset == ds[tag].file_tell
    assert raw.decode("latin-1").strip() not in found[0].message
    assert len(ds.check()) == before + 1

    strict = fastdcm.ReadOptions(strict=True)
    if len(raw) % 2 == 0:
        ds = fastdcm.dcmread(data, options=strict)
        with pytest.raises(fastdcm.ParseError) as caught:
            _ = ds[tag].value
        assert caught.value.tag == tag

    with pytest.warns(fastdcm.DicomWarning):
        _ = fastdcm.dcmread(data, options=fastdcm.ReadOptions(on_warning="warn"))[tag].value


def test_warnings_name_the_item() -> None:
    items = [[(0x00180050, "DS", "x")], [(0x00180050, "DS", "y")]]
    ds = fastdcm.dcmread(encode_file([(0x00081110, "SQ", items)]))
    assert ds.warnings == []
    ds.check()
    ds.check()
    assert [warning.path for warning in ds.warnings] == [
        "(0008,1110)[0].(0018,0050)",
        "(0008,1110)[1].(0018,0050)",
    ]
    assert "(0008,1110)[1].(0018,0050)" in ds.warnings[1].message
    assert len(ds.ReferencedStudySequence[0].warnings) == 2


def test_typed_values() -> None:
    def typed(vr: str, text: str) -> Any:
        return fastdcm.dcmread(encode_file([(0x00091001, vr, text)]))[0x00091001].typed_value

    assert typed("DA", "20240229") == datetime.date(2024, 2, 29)
    assert typed("DA", "1993.08.22") == datetime.date(1993, 8, 22)
    assert typed("DA", "20240230") is None
    assert typed("DA", "") is None
    assert typed("DA", "20240229\\20240301") == [datetime.date(2024, 2, 29), datetime.date(2024, 3, 1)]
    assert typed("TM", "1230") == datetime.time(12, 30)
    assert typed("TM", "123015.25") == datetime.time(12, 30, 15, 250_000)
    assert typed("DT", "2024") == datetime.datetime(2024, 1, 1)  # noqa: DTZ001 - none is given
    zone = datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))
    assert typed("DT", "20240229123015-0530") == datetime.datetime(2024, 2, 29, 12, 30, 15, tzinfo=zone)
    with pytest.raises(TypeError, match="no dates"):
        typed("LO", "20240229")


def test_person_name() -> None:
    raw = "Yamada^Tarou=山田^太郎=やまだ^たろう".encode()
    name = read(0x00100010, "PN", raw, charset="ISO_IR 192").PatientName
    assert isinstance(name, PersonName)
    assert (name.family_name, name.given_name, name.middle_name) == ("Yamada", "Tarou", "")
    assert (name.alphabetic, name.ideographic, name.phonetic) == (
        "Yamada^Tarou",
        "山田^太郎",
        "やまだ^たろう",
    )
    assert name.components == ("Yamada^Tarou", "山田^太郎", "やまだ^たろう")
    assert name.original_string == raw
    assert name == raw.decode()
    assert name == PersonName(raw.decode())
    assert name != "Yamada"
    assert hash(name) == hash(raw.decode())
    assert "Tarou" in name
    assert name.family_comma_given() == "Yamada, Tarou"
    assert name.formatted("%(family_name)s %(ideographic)s") == "Yamada 山田^太郎"
    assert len(name) == len(str(name)) == len(list(name))
    assert pickle.loads(pickle.dumps(name)) == copy.deepcopy(name) == name
    assert not PersonName("")
    assert str(PersonName("A^B==")) == "A^B"


def test_person_name_can_be_decoded_anew() -> None:
    name = read(0x00100010, "PN", "Müller^Jörg".encode("latin-1"), charset="ISO_IR 101").PatientName
    assert name.decode("ISO_IR 100") == "Müller^Jörg"
    assert name.decode() is name
    assert PersonName("Buc^J\xe9r\xf4me".encode("latin-1"), ["ISO_IR 100"]) == "Buc^Jérôme"


def test_ps3_3_c_12_1_1_2_items_inherit_the_character_set() -> None:
    text = "Grüße"
    inner = [(0x00081030, "LO", text.encode("latin-1"))]
    own = [(0x00080005, "CS", "ISO_IR 192"), (0x00081030, "LO", text.encode())]
    elements = [
        (0x00080005, "CS", "ISO_IR 100"),
        (0x00081110, "SQ", [inner, own, [(0x00081110, "SQ", [inner])]]),
    ]
    ds = fastdcm.dcmread(encode_file(elements))
    first, second, third = ds.ReferencedStudySequence
    assert first.StudyDescription == text
    assert second.StudyDescription == text
    assert third.ReferencedStudySequence[0].StudyDescription == text
    assert second.original_character_set == "ISO_IR 192"


def test_character_set_can_be_overridden() -> None:
    text = "Łódź"
    data = encode_file([(0x00080005, "CS", "ISO_IR 100"), (0x00100010, "PN", text.encode("iso8859-2"))])
    assert fastdcm.dcmread(data).PatientName != text
    options = fastdcm.ReadOptions(character_set="ISO_IR 101")
    assert fastdcm.dcmread(data, options=options).PatientName == text
    with pytest.raises(ValueError, match="character set"):
        fastdcm.dcmread(data, options=fastdcm.ReadOptions(character_set="nonsense"))


def test_unknown_character_set_is_a_warning_once() -> None:
    ds = read(0x00100010, "PN", "A^B", charset="ISO_IR 999")
    assert ds.PatientName == "A^B"
    ds.check()
    assert [warning.kind for warning in ds.warnings] == ["CharacterSetUnknown"]
    assert ds.warnings[0].tag == 0x00080005


def test_multi_value_is_a_list() -> None:
    ds = read(0x00280030, "DS", b"0.50\\0.25")
    value = ds.PixelSpacing
    assert value == [0.5, 0.25]
    assert list(value) == [0.5, 0.25]
    assert value[-1].original_string == "0.25"
    assert value[:1] == [0.5]
    assert 0.25 in value
    assert (value.index(0.25), value.count(0.5)) == (1, 1)
    assert (value + [1.0], [1.0] + value) == ([0.5, 0.25, 1.0], [1.0, 0.5, 0.25])  # noqa: RUF005 - adding is tested
    assert (repr(value), str(value)) == ("[0.50, 0.25]", "[0.50, 0.25]")
    assert value != [0.5]
    assert value == read(0x00280030, "DS", b"0.5\\0.25").PixelSpacing
    assert np.asarray(value).tolist() == [0.5, 0.25]
    with pytest.raises(IndexError):
        value[2]
    assert repr(read(0x00080008, "CS", b"A\\B ").ImageType) == "['A', 'B']"
    assert read(0x00280030, "DS", b"1\\\\3").PixelSpacing == [1.0, "", 3.0]


def test_numbers_as_array_without_objects() -> None:
    count = 100_000
    numbers = np.arange(count, dtype="<u4")
    data = encode_file([]) + encode_dataset([(0x00660129, "OL", numbers.tobytes())])
    element = fastdcm.dcmread(data)[0x00660129]
    array = element.to_numpy()
    assert array.dtype == np.dtype("u4")
    assert array.flags.owndata
    assert array.flags.writeable
    assert (array == numbers).all()
    texts = "\\".join(str(number) for number in range(count)).encode()
    data = encode_file([]) + _long_text(texts)
    assert (fastdcm.dcmread(data)[0x00280030].to_numpy() == np.arange(count)).all()
    with pytest.raises(TypeError, match="no numbers"):
        read(0x00100020, "LO", "1")["PatientID"].to_numpy()
    assert np.isnan(read(0x00280030, "DS", b"1\\x ")["PixelSpacing"].to_numpy()[1])
    assert read(0x00200013, "IS", b"1\\-2")["InstanceNumber"].to_numpy().tolist() == [1, -2]


def _long_text(text: bytes) -> bytes:
    """A DS element that is too long for a 16-bit length, as UN (PS3.5 §6.2.2)."""
    text += b" " * (len(text) % 2)
    return b"\x28\x00\x30\x00UN\0\0" + struct.pack("<I", len(text)) + text


def test_large_values_are_not_kept() -> None:
    data = encode_file([(0x00282000, "OB", bytes(100_000))])
    ds = fastdcm.dcmread(data)
    assert ds.ICCProfile == bytes(100_000)
    assert ds.ICCProfile is not ds.ICCProfile


def test_buffer_is_a_read_only_view() -> None:
    data = encode_file([(0x00282000, "OB", b"abcdef")])
    buffer = fastdcm.dcmread(data)["ICCProfile"].buffer
    assert bytes(buffer) == b"abcdef"
    assert buffer.readonly
    array = np.frombuffer(buffer, "u1")
    assert not array.flags.writeable
    with pytest.raises(TypeError):
        buffer[0] = 1


def test_uid_facts() -> None:
    uid = read(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2").SOPClassUID
    assert isinstance(uid, fastdcm.UID)
    assert (uid.name, uid.type, uid.keyword) == ("CT Image Storage", "SOP Class", "CTImageStorage")
    assert not uid.is_private
    assert not uid.is_retired
    assert uid.is_valid
    assert not uid.is_transfer_syntax
    with pytest.raises(ValueError, match="transfer syntax"):
        _ = uid.is_implicit_VR
    syntax = fastdcm.UID("1.2.840.10008.1.2.1.99")
    assert (syntax.is_implicit_VR, syntax.is_little_endian, syntax.is_deflated) == (False, True, True)
    assert not syntax.is_compressed
    assert fastdcm.UID("1.2.840.10008.1.2.5").is_encapsulated
    private = fastdcm.UID("1.2.3")
    assert (private.name, private.is_private, private.type, private.info) == ("1.2.3", True, "", "")
    assert not fastdcm.UID("1.02").is_valid
    assert not fastdcm.UID("1." * 40 + "1").is_valid
    assert uids.CTImageStorage == uid
    with pytest.raises(AttributeError):
        _ = uids.Nonsense
    assert pickle.loads(pickle.dumps(uid)).name == "CT Image Storage"


def test_ambiguous_vr_follows_pixel_representation() -> None:
    raw = struct.pack("<h", -5)
    for representation, value in ((0, 65531), (1, -5)):
        elements = [
            (0x00280103, "US", representation),
            (0x00280120, "US", raw),
            (0x00081110, "SQ", [[(0x00280120, "US", raw)]]),
        ]
        ds = fastdcm.dcmread(encode_file(elements, IMPLICIT_LITTLE))
        assert ds.PixelPaddingValue == value
        assert ("SS" if representation else "US") == ds["PixelPaddingValue"].VR
        assert ds.ReferencedStudySequence[0].PixelPaddingValue == value
