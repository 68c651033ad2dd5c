//! An encoded frame of whatever bytes.

use std::borrow::Cow;

use fastdcm::Uid;
use fastdcm::codec::{self, Decode, EncodedFrame};
use fastdcm::pixel::{ImageAttributes, ImageDescription, PhotometricInterpretation};
use fastdcm::transfer_syntax::transfer_syntax;

/// Decodes a frame of a transfer syntax, three bytes of settings in front of it: no panic, the same samples from one
/// fragment and from several, and nothing of what was in memory before.
pub fn decode(syntax: &str, data: &[u8]) {
    let Some((settings, bytes)) = data.split_first_chunk::<3>() else { return };
    let Some(description) = description(*settings) else { return };
    let known = Uid::from_value(syntax.as_bytes()).and_then(|uid| transfer_syntax(&uid));
    let codec = known.and_then(codec::decoder).expect("the transfer syntax has a codec");
    if bytes.is_empty() || codec.check(bytes.len() as u64, &description).is_err() {
        return;
    }
    let whole = samples(codec, &[bytes], &description, 0x00);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let parts = if first.is_empty() { vec![second] } else { vec![first, second] };
    assert_eq!(whole, samples(codec, &parts, &description, 0xFF), "fragments or memory make a difference");
    let wanted = settings[2] >> 6;
    if wanted > 0 {
        let one = reduced(codec, bytes, &description, wanted, 0x00);
        assert_eq!(one, reduced(codec, bytes, &description, wanted, 0xFF), "memory makes a difference");
    }
}

/// The samples at as small a size as the codec has, at least 1/2^`wanted`.
fn reduced(
    codec: &dyn Decode,
    bytes: &[u8],
    description: &ImageDescription,
    wanted: u8,
    fill: u8,
) -> Option<Vec<u8>> {
    let fragments = [Cow::Borrowed(bytes)];
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    // By itself, where a panic is not caught.
    let halvings = codec.halvings(&frame, description, wanted);
    assert!(halvings <= wanted, "more than is wanted");
    let length = description.reduced(halvings).frame_length();
    let mut out = vec![fill; usize::try_from(length).ok()?];
    codec::decode_reduced(codec, &frame, description, halvings, &mut out).ok().map(|_| out)
}

/// Rows, columns, and what a pixel is made of: two bits for Bits Allocated, two for Samples per Pixel, one for Planar
/// Configuration, one for fewer Bits Stored; the last two say how often rows and columns are halved.
fn description([rows, columns, pixel]: [u8; 3]) -> Option<ImageDescription> {
    let allocated = [8, 16, 32, 1][usize::from(pixel & 3)];
    let (samples, photometric) = match pixel >> 2 & 3 {
        0 => (1, Some(PhotometricInterpretation::Monochrome2)),
        2 => (4, None),
        _ => (3, Some(PhotometricInterpretation::Rgb)),
    };
    let stored = if pixel & 0x20 == 0 { allocated } else { (allocated * 3 / 4).max(1) };
    let attributes = ImageAttributes {
        rows: i64::from(rows),
        columns: i64::from(columns),
        samples_per_pixel: samples,
        bits_allocated: allocated,
        bits_stored: stored,
        high_bit: stored - 1,
        planar_configuration: i64::from(pixel >> 4 & 1),
        photometric_interpretation: photometric,
        ..ImageAttributes::default()
    };
    ImageDescription::new(&attributes).ok()
}

/// All samples, and those that a frame has which ends early.
fn samples(
    codec: &dyn Decode,
    parts: &[&[u8]],
    description: &ImageDescription,
    fill: u8,
) -> Option<(Option<Vec<u8>>, Vec<u8>)> {
    let fragments: Vec<Cow<'_, [u8]>> = parts.iter().map(|part| Cow::Borrowed(*part)).collect();
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    let mut out = vec![fill; usize::try_from(description.frame_length()).ok()?];
    // By itself, where a panic is not caught.
    let _ = codec.marks(&frame, description);
    let is_whole = codec::decode(codec, &frame, description, &mut out).is_ok();
    let mut start = vec![fill; out.len()];
    let length = codec::decode_start(codec, &frame, description, &mut start);
    assert!(start[length..].iter().all(|byte| *byte == 0), "what is missing is not zero");
    Some((is_whole.then_some(out), start))
}
