//! A file of whatever bytes as JSON: no panic, and the text is of the model, so that it can be read.
#![no_main]

use fastdcm::file::{ReadOptions, read_memory};
use fastdcm::json::{FileBulkData, NonFinite, Reader, Subject, WriteOptions, Writer};
use fastdcm::{ErrorKind, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let limits = Limits { inflated: 1 << 20, ..Limits::DEFAULT };
    let options = ReadOptions { force: choice & 1 != 0, limits, ..ReadOptions::default() };
    let Ok(file) = read_memory(Box::new(bytes.to_vec()), &options) else { return };
    let non_finite = [NonFinite::Refuse, NonFinite::Null, NonFinite::Text][usize::from(choice >> 1) % 3];
    let options = WriteOptions { non_finite, skips_faults: choice & 8 != 0, keeps_meta: choice & 16 != 0 };
    let mut text = Vec::new();
    let mut bulk_data = if choice & 32 == 0 { FileBulkData::Inline } else { FileBulkData::Omit(8) };
    match Writer::default().write(&Subject::of_file(&file), &options, &mut bulk_data, &mut text) {
        Ok(_) => {}
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::InvalidValue(_)), "{error}");
            assert!(text.is_empty());
            return;
        }
    }
    assert!(std::str::from_utf8(&text).is_ok());
    if let Err(error) = Reader::new(&text, Limits::DEFAULT).next(&mut Vec::new()) {
        // Damaged text may hold delimiters, and a private creator may be too long.
        let known = ["a delimiter inside", "a private creator longer"];
        assert!(known.iter().any(|reason| error.to_string().contains(reason)), "{error}");
    }
});
