//! A frame of JPEG-LS. Whatever the bytes: no panic or hang, and the same samples from one fragment and from several.
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

fn decode(jpeg_ls: &dyn Decode, parts: &[&[u8]], description: &ImageDescription) -> Option<Vec<u8>> {
    let fragments: Vec<Cow<'_, [u8]>> = parts.iter().map(|part| Cow::Borrowed(*part)).collect();
    let frame = EncodedFrame { number: 0, fragments: &fragments };
    let mut out = vec![0xA5; usize::try_from(description.frame_length()).ok()?];
    codec::decode(jpeg_ls, &frame, description, &mut out).ok()?;
    Some(out)
}

fuzz_target!(|data: &[u8]| {
    let Some((settings, bytes)) = data.split_first_chunk::<3>() else { return };
    let Some(description) = description(*settings) else { return };
    let syntax = Uid::from_value(b"1.2.840.10008.1.2.4.80").and_then(|uid| transfer_syntax(&uid));
    let jpeg_ls = syntax.and_then(codec::decoder).expect("JPEG-LS has a codec");
    if bytes.is_empty() || jpeg_ls.check(bytes.len() as u64, &description).is_err() {
        return;
    }
    let whole = decode(jpeg_ls, &[bytes], &description);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    if !first.is_empty() {
        assert_eq!(whole, decode(jpeg_ls, &[first, second], &description), "fragments make a difference");
    }
});
