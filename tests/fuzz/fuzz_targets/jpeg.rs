//! A frame of JPEG of any process, and what its markers say of colour.
#![no_main]

mod frame;

use fastdcm::codec::jpeg::ColourMarks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = ColourMarks::of(data.get(3..).unwrap_or_default());
    frame::decode("1.2.840.10008.1.2.4.50", data);
});
