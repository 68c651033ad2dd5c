//! Codestreams of JPEG-LS, exchanged with other implementations through a folder: `tests/judge_jpeg_ls.py` runs it.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::print_stderr)]

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use fastdcm::Uid;
use fastdcm::codec::jpeg_ls::{Encoding, Image, Interleave, Presets, encode};
use fastdcm::codec::{self, EncodedFrame};
use fastdcm::pixel::{ImageAttributes, ImageDescription, PhotometricInterpretation};
use fastdcm::transfer_syntax::transfer_syntax;

/// Cells of two bytes, little endian, colour by pixel.
fn decode(bytes: &[u8], [rows, columns, components]: [u16; 3]) -> Vec<u8> {
    let attributes = ImageAttributes {
        rows: rows.into(),
        columns: columns.into(),
        samples_per_pixel: components.into(),
        bits_allocated: 16,
        bits_stored: 16,
        high_bit: 15,
        photometric_interpretation: Some(PhotometricInterpretation::Rgb),
        ..ImageAttributes::default()
    };
    let description = ImageDescription::new(&attributes).unwrap();
    let syntax = Uid::from_value(b"1.2.840.10008.1.2.4.80").and_then(|uid| transfer_syntax(&uid));
    let jpeg_ls = syntax.and_then(codec::decoder).expect("JPEG-LS has a codec");
    let frame = EncodedFrame { number: 0, fragments: &[Cow::Borrowed(bytes)] };
    let mut out = vec![0xA5; description.frame_length() as usize];
    codec::decode(jpeg_ls, &frame, &description, &mut out).unwrap();
    out.as_chunks().0.iter().flat_map(|cell| u16::from_ne_bytes(*cell).to_le_bytes()).collect()
}

/// Slopes, flat parts and noise.
fn samples(rows: u16, columns: u16, components: u16, maximum: u16, mut seed: u64) -> Vec<u16> {
    let mut found = Vec::new();
    for place in 0..u64::from(rows) * u64::from(columns) * u64::from(components) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = seed >> 33;
        let value = match place / 97 % 4 {
            0 => 3,
            1 => place / 8 + noise % 4,
            2 => noise,
            _ => u64::from(maximum) - noise % 2,
        };
        found.push((value % (u64::from(maximum) + 1)) as u16);
    }
    found
}

fn write(folder: &Path, name: &str, components: u16, encoding: &Encoding) {
    let (rows, columns) = (47, 61);
    let largest = ((1_u32 << encoding.precision) - 1) as u16;
    let maximum = if encoding.presets.maximum > 0 { encoding.presets.maximum } else { largest };
    let samples = samples(rows, columns, components, maximum, u64::from(encoding.precision));
    let image = Image { rows, columns, components: components as u8, samples: &samples };
    let bytes = encode(&image, encoding).unwrap();
    let name = format!("{name}.{rows}.{columns}.{components}.{}", encoding.precision);
    std::fs::write(folder.join(format!("{name}.raw")), decode(&bytes, [rows, columns, components])).unwrap();
    std::fs::write(folder.join(format!("{name}.jls")), bytes).unwrap();
}

fn write_all(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let turns = [
        (1, Interleave::None),
        (3, Interleave::None),
        (3, Interleave::Line),
        (3, Interleave::Sample),
        (4, Interleave::Sample),
    ];
    for precision in 2..=16 {
        let largest = ((1_u32 << precision) - 1) as u16;
        for (components, interleave) in turns {
            for near in [0, 1, 2, 3, 10, 100, 255] {
                let encoding = Encoding { near, interleave, ..Encoding::lossless(precision) };
                if u16::from(near) <= largest / 2 {
                    write(folder, &format!("{interleave:?}-near{near}"), components, &encoding);
                }
            }
            let encoding = Encoding { interleave, restart_interval: 5, ..Encoding::lossless(precision) };
            write(folder, &format!("{interleave:?}-restart"), components, &encoding);
            let thresholds = [largest / 9, largest / 4, largest / 2].map(|one| one.max(1));
            let none = Presets::default();
            for (name, presets) in [
                ("maximum", Presets { maximum: largest - largest / 5, ..none }),
                ("thresholds", Presets { thresholds, ..none }),
                ("reset", Presets { reset: 31, ..none }),
            ] {
                let encoding = Encoding { interleave, presets, ..Encoding::lossless(precision) };
                write(folder, &format!("{interleave:?}-{name}"), components, &encoding);
            }
        }
    }
}

/// Codestreams that others wrote, and what they make of them.
fn compare_all(folder: &Path) {
    let mut compared = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jls") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let numbers: Vec<u16> = name.split('.').filter_map(|part| part.parse().ok()).collect();
        let found = decode(&std::fs::read(&path).unwrap(), [numbers[0], numbers[1], numbers[2]]);
        assert!(found == std::fs::read(path.with_extension("raw")).unwrap(), "{name}");
        compared += 1;
    }
    eprintln!("{compared} codestreams of others decoded as they do");
}

#[test]
#[ignore = "needs the folder of tests/judge_jpeg_ls.py"]
fn exchange_with_judges() {
    let folder = PathBuf::from(std::env::var_os("JPEG_LS_FOLDER").expect("JPEG_LS_FOLDER"));
    write_all(&folder.join("ours"));
    compare_all(&folder.join("theirs"));
}
