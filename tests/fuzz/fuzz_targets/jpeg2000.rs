//! A frame of JPEG 2000.
#![no_main]

mod frame;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| frame::decode("1.2.840.10008.1.2.4.90", data));
