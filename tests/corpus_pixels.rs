//! Pixels of every file of the corpus that has some, against the answers of other decoders.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::print_stderr
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use fastdcm::file::{ReadOptions, read_source};
use fastdcm::pixel::{PixelData, PixelOptions};
use fastdcm::source::{FileSource, MemorySource, ReadAt};
use fastdcm::{ErrorKind, Limits, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

const RLE: &str = "1.2.840.10008.1.2.5";
const JPEG_LS: [&str; 2] = ["1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81"];

/// Pixel Representation is 1, and the decoder that was asked made unsigned samples of them; none is negative.
const SIGNED: &str = "test_writes_deflated_file_correctly/CT_small_deflated.dcm";

/// One of its frames is 55 columns wide where the data set has 240.
const ODD_FRAME: &str = "FO-DICOM.Benchmark/Data/multiframe.dcm";

/// A transfer syntax whose pixels can be had.
fn is_known(syntax: &Value) -> bool {
    let native =
        ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"];
    let is_known = |syntax: &str| {
        let is_encoded =
            syntax == RLE || is_jpeg(syntax) || JPEG_LS.contains(&syntax) || is_jpeg2000_or_xl(syntax);
        is_encoded || native.contains(&syntax)
    };
    syntax.as_str().is_some_and(is_known)
}

/// JPEG with Huffman coding: the processes with a DCT and the lossless one.
fn is_jpeg(syntax: &str) -> bool {
    let last = syntax.strip_prefix("1.2.840.10008.1.2.4.");
    last.is_some_and(|last| ["50", "51", "53", "55", "57", "70"].contains(&last))
}

/// JPEG 2000, its high throughput form, and JPEG XL.
fn is_jpeg2000_or_xl(syntax: &str) -> bool {
    let last = syntax.strip_prefix("1.2.840.10008.1.2.4.");
    last.is_some_and(|last| ["90", "91", "201", "202", "203", "110", "111", "112"].contains(&last))
}

fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("FASTDCM_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    path.join("MANIFEST.jsonl").is_file().then_some(path)
}

fn rows(corpus: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(corpus.join("MANIFEST.jsonl")).unwrap();
    // Lone surrogates for text that is not Unicode and NaN are Python's, not JSON; nothing here reads them.
    let line = |line: &str| line.replace("\\ud", "?").replace("NaN", "null");
    text.lines().map(|text| serde_json::from_str(&line(text)).unwrap()).collect()
}

struct Decoded {
    shape: Vec<u64>,
    dtype: &'static str,
    bytes: Vec<u8>,
}

fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `defer`: pixels stay in the file and are read from there.
fn decode(path: &Path, raw: bool, defer: bool) -> Result<Decoded> {
    let source: Arc<dyn ReadAt> = if defer {
        Arc::new(FileSource::open(path)?)
    } else {
        Arc::new(MemorySource::new(Box::new(std::fs::read(path)?)))
    };
    let options = ReadOptions { force: true, defer_pixels: defer.then_some(1), ..ReadOptions::default() };
    let file = read_source(source, &options)?;
    let pixels = PixelData::of_file(&file, &Limits::DEFAULT)?;
    let options = PixelOptions { raw, ..PixelOptions::default() };
    let mut out = vec![0xA5; pixels.length(&options)? as usize];
    pixels.decode(&file, &options, &mut out)?;
    let description = pixels.description();
    let frames = description.number_of_frames();
    let shape = pixels.shape(&options).iter().map(|axis| *axis as u64).collect();
    let mut one = vec![0x5A; description.frame_length() as usize];
    for index in [0, frames / 2, frames - 1] {
        let options = PixelOptions { index: Some(index), ..options };
        assert_eq!(pixels.length(&options)?, one.len() as u64);
        pixels.decode(&file, &options, &mut one)?;
        let start = index as usize * one.len();
        assert!(out[start..start + one.len()] == one, "frame {index} alone is another than among all");
    }
    Ok(Decoded { shape, dtype: description.sample_type().name(), bytes: out })
}

fn compare(path: &Path, row: &Value, raw: bool) -> std::result::Result<(), String> {
    let pixels = &row["pixels"];
    let is_jpeg2000_or_xl = row["header"]["ts"].as_str().is_some_and(is_jpeg2000_or_xl);
    let expected = if raw { pixels } else { &pixels["rgb"] };
    let found = decode(path, raw, false).map_err(|error| error.to_string())?;
    let from_file = decode(path, raw, true).map_err(|error| error.to_string())?;
    assert!(found.bytes == from_file.bytes, "pixels left in the file are others than those in memory");
    let dtype = expected["dtype"].as_str().unwrap();
    let mut shape: Vec<u64> =
        expected["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect();
    // The stored answers always have the axis of frames, those in RGB not.
    if raw && shape[0] == 1 {
        shape.remove(0);
    }
    let is_same_type = found.dtype == dtype || path.ends_with(SIGNED) && found.dtype == &dtype[1..];
    if !is_same_type || found.shape != shape {
        return Err(format!("{} {:?} for {dtype} {shape:?}", found.dtype, found.shape));
    }
    if hash(&found.bytes) == expected["sha256"].as_str().unwrap() {
        return Ok(());
    }
    match pixels["tolerance"].as_f64() {
        // JPEG and JPEG-LS are decoded to the same samples, lossy or not.
        Some(tolerance) if is_jpeg2000_or_xl && pixels["lossy"] == true && expected["mean"].is_f64() => {
            is_near(&found, expected, tolerance)
        }
        _ => Err("other pixels".to_owned()),
    }
}

fn values(found: &Decoded) -> Vec<f64> {
    let bytes = &found.bytes;
    match found.dtype {
        "uint8" => bytes.iter().map(|byte| f64::from(*byte)).collect(),
        "int8" => bytes.iter().map(|byte| f64::from(byte.cast_signed())).collect(),
        "uint16" => bytes.as_chunks().0.iter().map(|cell| u16::from_ne_bytes(*cell).into()).collect(),
        "int16" => bytes.as_chunks().0.iter().map(|cell| i16::from_ne_bytes(*cell).into()).collect(),
        other => panic!("{other}"),
    }
}

/// Lossy pixels: the mean of all, and those of 8 x 8 blocks of the first sample of the first frame.
fn is_near(found: &Decoded, expected: &Value, tolerance: f64) -> std::result::Result<(), String> {
    let values = values(found);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let wanted = expected["mean"].as_f64().unwrap();
    if (mean - wanted).abs() > tolerance / 4.0 {
        return Err(format!("mean {mean}, {wanted} is expected"));
    }
    let stored: Vec<u64> =
        expected["shape"].as_array().unwrap().iter().map(|axis| axis.as_u64().unwrap()).collect();
    let [_, rows, columns, samples @ ..] = &stored[..] else { panic!("{stored:?}") };
    let (rows, columns) = (*rows as usize, *columns as usize);
    let samples = samples.first().map_or(1, |samples| *samples as usize);
    let Some(grid) = expected["grid"].as_array() else { return Ok(()) };
    for (down, line) in grid.iter().enumerate() {
        for (across, wanted) in line.as_array().unwrap().iter().enumerate() {
            let (mut sum, mut count) = (0.0, 0);
            for row in down * rows / 8..(down + 1) * rows / 8 {
                for column in across * columns / 8..(across + 1) * columns / 8 {
                    sum += values[(row * columns + column) * samples];
                    count += 1;
                }
            }
            let (mean, wanted) = (sum / f64::from(count), wanted.as_f64().unwrap());
            if (mean - wanted).abs() > tolerance {
                return Err(format!("block {down}, {across}: mean {mean}, {wanted} is expected"));
            }
        }
    }
    Ok(())
}

fn is_of_another_codec(path: &Path) -> bool {
    matches!(decode(path, true, false), Err(error) if matches!(error.kind(), ErrorKind::UnsupportedTransferSyntax(_)))
}

#[test]
fn pixels_equal_those_of_other_decoders() {
    let Some(corpus) = corpus() else {
        eprintln!("no corpus: set FASTDCM_CORPUS");
        return;
    };
    let (mut equal, mut rle, mut jpeg, mut jpeg_ls, mut others, mut different) = (0, 0, 0, 0, 0, Vec::new());
    for row in rows(&corpus) {
        let pixels = &row["pixels"];
        let name = row["file"].as_str().unwrap();
        let path = corpus.join(name);
        if !pixels["sha256"].is_string() || row["kind"] == "malformed" {
            continue;
        }
        let syntax = &row["header"]["ts"];
        if !is_known(syntax) && is_of_another_codec(&path) {
            continue;
        }
        let mut result = compare(&path, &row, true);
        if path.ends_with(ODD_FRAME) {
            let refused = result.is_err_and(|reason| reason.contains("240 rows of 55 columns"));
            result = refused.then_some(()).ok_or_else(|| "frames of several sizes are read".to_owned());
        }
        if pixels["rgb"].is_object() {
            result = result.and(compare(&path, &row, false).map_err(|reason| format!("RGB: {reason}")));
        }
        match result {
            Ok(()) => equal += 1,
            Err(reason) => different.push(format!("{name}: {reason}")),
        }
        rle += u32::from(*syntax == RLE);
        jpeg += u32::from(syntax.as_str().is_some_and(is_jpeg));
        jpeg_ls += u32::from(JPEG_LS.iter().any(|known| syntax == known));
        others += u32::from(syntax.as_str().is_some_and(is_jpeg2000_or_xl));
    }
    eprintln!("{equal} equal, {rle} of them RLE, {jpeg} JPEG, {jpeg_ls} JPEG-LS, {others} JPEG 2000 or XL");
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(equal >= 500 && rle > 25 && jpeg > 50 && jpeg_ls >= 28 && others > 40);
}

#[test]
fn malformed_files_give_pixels_or_an_error() {
    let Some(corpus) = corpus() else { return };
    for row in rows(&corpus).iter().filter(|row| row["kind"] == "malformed") {
        let path = corpus.join(row["file"].as_str().unwrap());
        for raw in [false, true] {
            let _ = decode(&path, raw, false);
        }
    }
}
