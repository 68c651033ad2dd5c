"""What type checkers take, and the types that they see: checked by test_typing.py, never run."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import assert_type

import numpy as np

import fastdcm
from fastdcm import UID, BaseTag, Dataset, DSfloat, MultiValue, PersonName, Sequence
from fastdcm.values import IS

ds = fastdcm.dcmread(Path("ct.dcm"))

# One value, of each kind.
assert_type(ds.Rows, int)
assert_type(ds.Rows + 1, int)
assert_type(ds.SliceThickness, DSfloat)
assert_type(ds.InstanceNumber, IS)
assert_type(ds.InstanceNumber // 2, int)
assert_type(ds.PatientName, PersonName)
assert_type(ds.PatientName.family_name, str)
assert_type(ds.SOPInstanceUID, UID)
assert_type(ds.StudyDate, str)
assert_type(ds.PixelData, bytes)
assert_type(ds.FrameIncrementPointer, BaseTag | MultiValue[BaseTag])
assert_type(ds.SmallestImagePixelValue, int)
assert_type(ds.DiffusionBValue, float)
assert_type(ds.file_meta.TransferSyntaxUID, UID)

# Several, or either.
assert_type(ds.PixelSpacing, MultiValue[DSfloat])
row, column = ds.PixelSpacing
assert_type(row, DSfloat)
assert_type(ds.PixelSpacing[0] * 2, float)
assert_type(ds.PixelSpacing[:1], list[DSfloat])
assert_type(ds.ImageType, MultiValue[str])
assert_type(ds.WindowCenter, DSfloat | MultiValue[DSfloat])

# Sequences.
assert_type(ds.SharedFunctionalGroupsSequence, Sequence[Dataset])
for item in ds.SharedFunctionalGroupsSequence:
    assert_type(item, Dataset)
    assert_type(item.PixelMeasuresSequence[0].SliceThickness, DSfloat)

# Assigning takes more.
ds.Rows = 512
ds.Rows = np.uint16(512)
ds.Rows = None
ds.SliceThickness = 1.5
ds.SliceThickness = "1.5"
ds.InstanceNumber = "7"
ds.PixelSpacing = [0.5, 0.5]
ds.PixelSpacing = ("0.5", "0.5")
ds.PixelSpacing = "0.5\\0.5"
ds.PixelSpacing = np.ones(2)
ds.WindowCenter = 40
ds.WindowCenter = [40, 400]
ds.PatientName = "Doe^John"
ds.PatientName = None
ds.SOPInstanceUID = fastdcm.generate_uid()
ds.StudyDate = datetime.date(2020, 1, 1)
ds.StudyTime = "120000"
ds.PixelData = np.zeros(4, np.uint8).tobytes()
ds.FrameIncrementPointer = 0x00181063
ds.SharedFunctionalGroupsSequence = [Dataset()]
ds.SharedFunctionalGroupsSequence.append(Dataset())
ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2.1")
del ds.StudyDate

changes = {"PatientID": "X"}
fastdcm.patch("ct.dcm", changes)
fastdcm.patch("ct.dcm", {"PatientID": "X", (0x0028, 0x0010): 512}, durability="none")
assert_type(fastdcm.recover("ct.dcm") == "nothing", bool)
