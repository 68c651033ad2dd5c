//! JSON of whatever bytes: no panic; what can be read is written, read again and written as the same text.
#![no_main]

use fastdcm::Limits;
use fastdcm::dataset::Encoding;
use fastdcm::file::read_data_set;
use fastdcm::json::{FileBulkData, NonFinite, Reader, Subject, WriteOptions, Writer};
use libfuzzer_sys::fuzz_target;

fn write(bytes: Vec<u8>) -> Option<Vec<u8>> {
    let file = read_data_set(bytes, Encoding::EXPLICIT_LITTLE, Limits::DEFAULT).ok()?;
    let options = WriteOptions { non_finite: NonFinite::Text, ..WriteOptions::default() };
    let mut text = Vec::new();
    let faults =
        Writer::default().write(&Subject::of_file(&file), &options, &mut FileBulkData::Inline, &mut text);
    assert!(faults.expect("everything can be written").is_empty());
    assert!(std::str::from_utf8(&text).is_ok());
    Some(text)
}

fuzz_target!(|text: &[u8]| {
    let mut reader = Reader::new(text, Limits::DEFAULT);
    let mut uris = Vec::new();
    while let Ok(Some(bytes)) = reader.next(&mut uris) {
        assert!(bytes.len() <= 64 + 8 * text.len(), "more memory than the text allows");
        let Some(once) = write(bytes) else { continue };
        // Text may hold backslashes, which separate values from here on, and bytes that are a sequence elsewhere.
        let Ok(Some(bytes)) = Reader::new(&once, Limits::DEFAULT).next(&mut uris) else { continue };
        let Some(twice) = write(bytes) else { continue };
        let Ok(Some(bytes)) = Reader::new(&twice, Limits::DEFAULT).next(&mut uris) else {
            panic!("what was written twice cannot be read")
        };
        assert_eq!(write(bytes).map(String::from_utf8), Some(String::from_utf8(twice)));
    }
});
