//! Frames that tests/data/codecs/make.py makes, and the samples they hold.

use std::borrow::Cow;

use super::{Decode, EncodedFrame};
use crate::error::{Error, WarningKind};
use crate::pixel::{ImageAttributes, ImageDescription};

pub(super) const ROWS: u16 = 13;
pub(super) const COLUMNS: u16 = 17;

/// What the attributes of such an image say.
pub(super) fn attributes(bits: u8, samples: u8, signed: bool) -> ImageAttributes {
    ImageAttributes {
        rows: ROWS.into(),
        columns: COLUMNS.into(),
        samples_per_pixel: samples.into(),
        bits_allocated: if bits > 8 { 16 } else { 8 },
        bits_stored: bits.into(),
        high_bit: i64::from(bits) - 1,
        pixel_representation: signed.into(),
        ..ImageAttributes::default()
    }
}

pub(super) fn description(bits: u8, samples: u8, signed: bool) -> ImageDescription {
    ImageDescription::new(&attributes(bits, samples, signed)).unwrap()
}

/// The samples, in cells of 8 or 16 bits.
pub(super) fn image(bits: u8, samples: u8, signed: bool) -> Vec<u8> {
    let mut out = Vec::new();
    for row in 0..u32::from(ROWS) {
        for column in 0..u32::from(COLUMNS) {
            for component in 0..u32::from(samples) {
                let value = (37 * row + 11 * column + 71 * component + row * column) % (1 << bits);
                let value = if signed { value.wrapping_sub(1 << (bits - 1)) } else { value };
                let [low, high, ..] = value.to_le_bytes();
                match bits > 8 {
                    true => out.extend(u16::from_le_bytes([low, high]).to_ne_bytes()),
                    false => out.push(low),
                }
            }
        }
    }
    out
}

/// Decodes a frame twice, into memory with other contents: they must not show.
pub(super) fn decode(
    codec: &dyn Decode,
    fragments: &[&[u8]],
    description: &ImageDescription,
) -> Result<(Vec<u8>, Option<WarningKind>), Error> {
    let fragments: Vec<Cow<'_, [u8]>> = fragments.iter().map(|part| Cow::Borrowed(*part)).collect();
    let frame = EncodedFrame { number: 7, fragments: &fragments };
    let length = usize::try_from(description.frame_length()).unwrap();
    let (mut one, mut other) = (vec![0x00; length], vec![0xFF; length]);
    let first = super::decode(codec, &frame, description, &mut one);
    let second = super::decode(codec, &frame, description, &mut other);
    assert_eq!(first, second);
    let odd = first?;
    assert!(one == other, "what lay in memory before shows through");
    Ok((one, odd))
}

/// Decodes every part of a frame from its beginning: an error, or all of the image.
pub(super) fn cut_at_every_byte(codec: &dyn Decode, frame: &[u8], description: &ImageDescription) {
    let (whole, _) = decode(codec, &[frame], description).unwrap();
    for cut in 0..frame.len() {
        if let Ok((found, _)) = decode(codec, &[&frame[..cut]], description) {
            assert!(found == whole, "cut at {cut} of {} it gives another image", frame.len());
        }
    }
}
