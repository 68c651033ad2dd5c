"""What type checkers refuse, each with a word of the message: checked by test_typing.py, never run."""

from __future__ import annotations

import fastdcm

ds = fastdcm.dcmread("ct.dcm")

ds.PatientNam  # E: has no attribute "PatientNam"
ds.PatientNam = "X"  # E: "PatientNam"
ds.Rows.upper()  # E: "upper"
ds.Rows = "many"  # E: Incompatible types in assignment
ds.Rows = [1, 2]  # E: Incompatible types in assignment
ds.PixelSpacing = 0.5  # E: Incompatible types in assignment
ds.PixelSpacing + 1  # E: Unsupported operand types
ds.PatientName = 5  # E: Incompatible types in assignment
ds.PixelData = "text"  # E: Incompatible types in assignment
ds.SharedFunctionalGroupsSequence = ds  # E: Incompatible types in assignment
ds.SharedFunctionalGroupsSequence[0].Row  # E: "Row"
ds.file_meta.TransferSyntax  # E: "TransferSyntax"
fastdcm.patch("ct.dcm", {"PatientID": "X"}, durability="some")  # E: "durability"
