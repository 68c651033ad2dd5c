//! What lay in memory before shows nowhere: each codec fills differently filled memory with the same, from whole frames
//! and from damaged ones.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]

#[path = "support/jpeg_lossless.rs"]
mod jpeg_lossless;

use std::borrow::Cow;
use std::fs;

use fastdcm::Uid;
use fastdcm::codec::{self, Decode, EncodedFrame, jpeg_ls};
use fastdcm::pixel::{ImageAttributes, ImageDescription, PhotometricInterpretation};
use fastdcm::transfer_syntax::transfer_syntax;

/// An encoded frame and what describes it.
struct Frame {
    syntax: &'static str,
    description: ImageDescription,
    bytes: Vec<u8>,
}

/// The whole frame, how much of it there is, that, and the frame at smaller sizes.
type Decoded = (Option<Vec<u8>>, usize, Vec<u8>, Vec<Option<Vec<u8>>>);

impl Frame {
    fn new(syntax: &'static str, [rows, columns, samples]: [i64; 3], bits: [i64; 2], bytes: Vec<u8>) -> Self {
        let description = ImageDescription::new(&ImageAttributes {
            rows,
            columns,
            samples_per_pixel: samples,
            photometric_interpretation: Some(match samples {
                1 => PhotometricInterpretation::Monochrome2,
                _ => PhotometricInterpretation::Rgb,
            }),
            bits_allocated: bits[0],
            bits_stored: bits[1],
            high_bit: bits[1] - 1,
            ..ImageAttributes::default()
        });
        Self { syntax, description: description.unwrap(), bytes }
    }

    fn codec(&self) -> &'static dyn Decode {
        let known = Uid::from_value(self.syntax.as_bytes()).and_then(|uid| transfer_syntax(&uid));
        known.and_then(codec::decoder).unwrap()
    }

    /// Decodes `bytes` into memory full of `fill`, whole and as far as it goes.
    fn decode(&self, bytes: &[u8], fill: u8) -> Decoded {
        let fragments = [Cow::Borrowed(bytes)];
        let frame = EncodedFrame { number: 0, fragments: &fragments };
        let mut out = vec![fill; self.description.frame_length() as usize];
        let decoded = codec::decode(self.codec(), &frame, &self.description, &mut out);
        if let Err(error) = &decoded {
            assert!(!error.to_string().contains("a fault of it"), "{}: {error}", self.syntax);
        }
        let mut start = vec![fill; out.len()];
        let length = codec::decode_start(self.codec(), &frame, &self.description, &mut start);
        let reduced = (1..4).map(|wanted| {
            let halvings = codec::halvings(self.codec(), &frame, &self.description, wanted);
            let mut out = vec![fill; self.description.reduced(halvings).frame_length() as usize];
            codec::decode_reduced(self.codec(), &frame, &self.description, halvings, &mut out).ok()?;
            Some(out)
        });
        (decoded.is_ok().then_some(out), length, start, reduced.collect())
    }

    /// True where there are pixels.
    fn check(&self, bytes: &[u8]) -> bool {
        let (one, other) = (self.decode(bytes, 0x00), self.decode(bytes, 0xFF));
        assert!(one == other, "{}: what lay in memory before shows through", self.syntax);
        assert!(one.2[one.1..].iter().all(|byte| *byte == 0), "{}: what is missing is not zero", self.syntax);
        one.0.is_some()
    }
}

fn jpeg() -> Vec<Frame> {
    let vectors = include_str!("vectors/jpeg.jsonl").lines().map(|line| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let shape: [i64; 3] = serde_json::from_value(row["shape"].clone()).unwrap();
        let bits = row["bits"].as_i64().unwrap();
        let digits = row["frame"].as_str().unwrap().as_bytes().as_chunks::<2>().0;
        let bytes =
            digits.iter().map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap());
        Frame::new("1.2.840.10008.1.2.4.51", shape, [if bits == 8 { 8 } else { 16 }, bits], bytes.collect())
    });
    vectors.collect()
}

/// The frames of tests/data/codecs: 13 rows, 17 columns, precision in the name.
fn files(ending: &str, syntax: &'static str) -> Vec<Frame> {
    let folder = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/codecs")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let mut frames = Vec::new();
    for path in paths.filter(|path| path.extension().is_some_and(|found| found == ending)) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let name = name.trim_end_matches("_levels");
        let bits: i64 = name.trim_start_matches(|letter: char| letter.is_alphabetic()).parse().unwrap();
        let samples = if name.starts_with("rgb") { 3 } else { 1 };
        let bytes = fs::read(&path).unwrap();
        frames.push(Frame::new(syntax, [13, 17, samples], [if bits == 8 { 8 } else { 16 }, bits], bytes));
    }
    assert!(!frames.is_empty());
    frames
}

fn made() -> Vec<Frame> {
    let samples: Vec<u16> = (0..12 * 20 * 3).map(|place: u32| (place * place / 5 % 4096) as u16).collect();
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let grey = &samples[..12 * 20];
    let mut frames = Vec::new();
    for (components, samples) in [(1_u8, grey), (3, &samples[..])] {
        let shape = [12, 20, components.into()];
        let image = jpeg_ls::Image { rows: 12, columns: 20, components, samples };
        for interleave in [jpeg_ls::Interleave::None, jpeg_ls::Interleave::Line, jpeg_ls::Interleave::Sample]
        {
            let encoding = jpeg_ls::Encoding { interleave, ..jpeg_ls::Encoding::lossless(12) };
            if components > 1 || interleave == jpeg_ls::Interleave::None {
                let encoded = jpeg_ls::encode(&image, &encoding).unwrap();
                frames.push(Frame::new("1.2.840.10008.1.2.4.80", shape, [16, 12], encoded));
            }
        }
        for is_interleaved in [true, false] {
            let lossless = jpeg_lossless::Lossless {
                rows: 12,
                columns: 20,
                components: components.into(),
                precision: 12,
                selection: 4,
                point_transform: 0,
                interval: 40,
                is_interleaved,
                has_long_codes: false,
            };
            let encoded = lossless.encode(samples);
            frames.push(Frame::new("1.2.840.10008.1.2.4.70", shape, [16, 12], encoded));
        }
        let native = &bytes[..samples.len() * 2];
        for (bits, samples) in [([16, 12], components), ([8, 8], components * 2), ([12, 12], components)] {
            let shape = [12, 20, i64::from(samples)];
            if samples > 4 || samples == 2 {
                continue;
            }
            frames.push(Frame::new("1.2.840.10008.1.2.1.98", shape, bits, native.to_vec()));
            let length = (native.len() as u16).to_le_bytes();
            let not = length.map(|byte| !byte);
            let stored = [&[1], &length[..], &not, native].concat();
            frames.push(Frame::new("1.2.840.10008.1.2.8.1", shape, bits, stored));
        }
        frames.push(Frame::new(
            "1.2.840.10008.1.2.5",
            shape,
            [16, 16],
            rle(native, usize::from(components) * 2),
        ));
    }
    frames
}

/// Literal runs only.
fn rle(native: &[u8], step: usize) -> Vec<u8> {
    let segment = |first: usize| -> Vec<u8> {
        let plane: Vec<u8> = native.iter().skip(first).step_by(step).copied().collect();
        plane.chunks(120).flat_map(|run| [&[run.len() as u8 - 1], run].concat()).collect()
    };
    let segments: Vec<Vec<u8>> = (0..step).map(|place| segment(place ^ 1)).collect();
    let mut header = vec![step as u32];
    let mut at = 64;
    for segment in &segments {
        header.push(at);
        at += segment.len() as u32;
    }
    header.resize(16, 0);
    header.iter().flat_map(|number| number.to_le_bytes()).chain(segments.concat()).collect()
}

/// Damage number `seed`: cut, changed bytes, or a part that is removed.
fn damaged(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as usize % limit.max(1)
    };
    let mut damaged = bytes.to_vec();
    match seed % 4 {
        0 => damaged.truncate(below(bytes.len())),
        1 => {
            let start = below(bytes.len());
            let end = (start + 1 + below(20)).min(bytes.len());
            damaged.drain(start..end);
        }
        _ => {
            for _ in 0..=below(4) {
                let place = if seed % 8 < 4 { below(bytes.len().min(200)) } else { below(bytes.len()) };
                damaged[place] ^= 1 << below(8);
            }
        }
    }
    damaged
}

fn check(frames: &[Frame], mutants: u64) {
    let mut read = 0;
    for frame in frames {
        read += usize::from(frame.check(&frame.bytes));
        for seed in 0..mutants {
            frame.check(&damaged(&frame.bytes, seed));
        }
    }
    assert!(read * 10 >= frames.len() * 8, "{read} of {} frames are sound", frames.len());
}

#[test]
fn jpeg_with_a_dct() {
    check(&jpeg(), 60);
}

#[test]
fn rle_jpeg_lossless_jpeg_ls_deflated_and_native() {
    check(&made(), 300);
}

#[test]
fn jpeg_2000() {
    check(&files("j2k", "1.2.840.10008.1.2.4.90"), 200);
    check(&files("jp2", "1.2.840.10008.1.2.4.90"), 200);
}

#[test]
fn high_throughput_jpeg_2000() {
    check(&files("jph", "1.2.840.10008.1.2.4.201"), 400);
}

#[test]
fn jpeg_xl() {
    check(&files("jxl", "1.2.840.10008.1.2.4.110"), 200);
}
