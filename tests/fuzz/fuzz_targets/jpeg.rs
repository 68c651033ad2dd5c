//! A frame of JPEG of any process. Whatever the bytes: no panic, all samples or an error, and the same from one fragment
//! and from several.
#![no_main]

use std::borrow::Cow;

use fastdcm::Uid;
use fastdcm::codec::jpeg::ColourMarks;
use fastdcm::codec::{self, Decode, EncodedFrame};
use fastdcm::pixel::{ImageAttributes, ImageDescription};
use fastdcm::transfer_syntax::transfer_syntax;
use libfuzzer_sys::fuzz_target;

/// Three bytes of settings: rows, columns, and what a pixel is made of.
fn description([rows, columns, pixel]: [u8; 3]) -> Option<ImageDescription> {
    let bits = [8, 16, 16, 32][usize::from(pixel & 3)];
    let samples = [1, 3, 4, 3][usize::from(pixel >> 2 & 3)];
    let attributes = ImageAttributes {
        rows: i64::from(rows),
        columns: i64::from(columns),
        samples_per_pixel: samples,
        bits_allocated: bits,
        bits_stored: bits.min(12),
        high_bit: bits.min(12) - 1,
        ..ImageAttributes::default()
    };
    ImageDescription::new(&attributes).ok()
}

fn decode(
    jpeg: &dyn Decode,
    parts: &[&[u8]],
    description: &ImageDescription,
    filling: u8,
) -> Option<Vec<u8>> {
    let fragments: Vec<Cow<'_, [u8]>> = parts.iter().map(|part| Cow::Borrowed(*part)).collect();
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    let mut out = vec![filling; usize::try_from(description.frame_length()).ok()?];
    codec::decode(jpeg, &frame, description, &mut out).ok()?;
    Some(out)
}

fuzz_target!(|data: &[u8]| {
    let Some((settings, bytes)) = data.split_first_chunk::<3>() else { return };
    let Some(description) = description(*settings) else { return };
    let syntax = Uid::from_value(b"1.2.840.10008.1.2.4.50").and_then(|uid| transfer_syntax(&uid));
    let jpeg = syntax.and_then(codec::decoder).expect("JPEG has a codec");
    let _ = ColourMarks::of(bytes);
    if bytes.is_empty() || jpeg.check(bytes.len() as u64, &description).is_err() {
        return;
    }
    let whole = decode(jpeg, &[bytes], &description, 0xA5);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let parts = if first.is_empty() { vec![second] } else { vec![first, second] };
    // What was in memory before shows where nothing is written.
    assert_eq!(whole, decode(jpeg, &parts, &description, 0x5A), "fragments or memory make a difference");
});
