//! A deflated image frame. Whatever the bytes: no panic, every byte of the frame is written, and fragments make no difference.
#![no_main]

use std::borrow::Cow;

use fastdcm::Uid;
use fastdcm::codec::{self, Decode, EncodedFrame};
use fastdcm::pixel::{ImageAttributes, ImageDescription, PhotometricInterpretation};
use fastdcm::transfer_syntax::transfer_syntax;
use libfuzzer_sys::fuzz_target;

/// Three bytes of settings: rows, columns, and what a pixel is made of.
fn description([rows, columns, pixel]: [u8; 3]) -> Option<ImageDescription> {
    let bits = [8, 16, 32, 1][usize::from(pixel & 3)];
    let (samples, photometric) = match pixel & 4 {
        0 => (1, PhotometricInterpretation::Monochrome2),
        _ => (3, PhotometricInterpretation::Rgb),
    };
    let attributes = ImageAttributes {
        rows: i64::from(rows),
        columns: i64::from(columns),
        samples_per_pixel: samples,
        bits_allocated: bits,
        bits_stored: bits,
        high_bit: bits - 1,
        planar_configuration: i64::from(pixel >> 3 & 1),
        photometric_interpretation: Some(photometric),
        ..ImageAttributes::default()
    };
    ImageDescription::new(&attributes).ok()
}

fn decode(codec: &dyn Decode, parts: &[&[u8]], description: &ImageDescription, fill: u8) -> Option<Vec<u8>> {
    let fragments: Vec<Cow<'_, [u8]>> = parts.iter().map(|part| Cow::Borrowed(*part)).collect();
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    let mut out = vec![fill; usize::try_from(description.frame_length()).ok()?];
    codec::decode(codec, &frame, description, &mut out).ok()?;
    Some(out)
}

fuzz_target!(|data: &[u8]| {
    let Some((settings, bytes)) = data.split_first_chunk::<3>() else { return };
    let Some(description) = description(*settings) else { return };
    let syntax = Uid::from_value(b"1.2.840.10008.1.2.8.1").and_then(|uid| transfer_syntax(&uid));
    let codec = syntax.and_then(codec::decoder).expect("the transfer syntax has a codec");
    if bytes.is_empty() || codec.check(bytes.len() as u64, &description).is_err() {
        return;
    }
    let whole = decode(codec, &[bytes], &description, 0x00);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    if !first.is_empty() {
        let parts = decode(codec, &[first, second], &description, 0xFF);
        assert_eq!(whole, parts, "fragments, or what lay in memory before, make a difference");
    }
});
