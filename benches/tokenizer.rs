//! How long the tokenizer takes for a row of the index: `cargo bench --bench tokenizer`.
//!
//! The best of many rounds, over data sets in memory that the caches hold: what the code costs, not the memory.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, clippy::panic)]

use std::time::Instant;

use fastdcm::dataset::{Encoding, Index, Tokenizer, TokenizerOptions};

const ROUNDS: usize = 400;

/// Attributes as in a CT header, with the lengths of their values.
const ATTRIBUTES: [(u32, &str, usize); 24] = [
    (0x0008_0005, "CS", 10),
    (0x0008_0008, "CS", 22),
    (0x0008_0016, "UI", 26),
    (0x0008_0018, "UI", 58),
    (0x0008_0020, "DA", 8),
    (0x0008_0030, "TM", 14),
    (0x0008_0050, "SH", 16),
    (0x0008_0060, "CS", 2),
    (0x0008_103E, "LO", 24),
    (0x0010_0010, "PN", 18),
    (0x0010_0020, "LO", 10),
    (0x0018_0050, "DS", 4),
    (0x0018_0060, "DS", 4),
    (0x0018_1151, "IS", 4),
    (0x0020_000D, "UI", 56),
    (0x0020_0013, "IS", 4),
    (0x0020_0032, "DS", 40),
    (0x0020_0037, "DS", 24),
    (0x0028_0002, "US", 2),
    (0x0028_0010, "US", 2),
    (0x0028_0011, "US", 2),
    (0x0028_0030, "DS", 18),
    (0x0028_0106, "SS", 2),
    (0x0028_1052, "DS", 6),
];

struct Writer {
    explicit: bool,
    bytes: Vec<u8>,
}

impl Writer {
    fn header(&mut self, tag: u32, vr: &str, length: u32) {
        let [a, b, c, d] = tag.to_be_bytes();
        self.bytes.extend([b, a, d, c]);
        if !self.explicit || vr.is_empty() {
            self.bytes.extend(length.to_le_bytes());
        } else if matches!(vr, "SQ" | "OB" | "OW") {
            self.bytes.extend([vr.as_bytes(), &[0, 0], &length.to_le_bytes()].concat());
        } else {
            self.bytes.extend([vr.as_bytes(), &u16::try_from(length).unwrap().to_le_bytes()].concat());
        }
    }

    fn element(&mut self, tag: u32, vr: &str, length: usize) {
        self.header(tag, vr, u32::try_from(length).unwrap());
        self.bytes.resize(self.bytes.len() + length, b'1');
    }
}

/// 240 elements, without private ones.
fn flat(explicit: bool) -> Vec<u8> {
    let mut writer = Writer { explicit, bytes: Vec::new() };
    for (tag, vr, length) in ATTRIBUTES {
        writer.element(tag, vr, length);
    }
    for number in 0..216 {
        // No attribute of the standard is in this group: the same look-up, without a hit.
        writer.element(0x0056_0100 + number, "LO", 12);
    }
    writer.bytes
}

/// Items of functional groups as of 2,000 frames: 46 rows each.
fn nested(explicit: bool, undefined: bool) -> Vec<u8> {
    let item = |content: Vec<Vec<u8>>| -> Vec<u8> {
        let mut writer = Writer { explicit, bytes: Vec::new() };
        let content = content.concat();
        writer.header(0xFFFE_E000, "", length_of(&content, undefined));
        writer.bytes.extend(content);
        if undefined {
            writer.header(0xFFFE_E00D, "", 0);
        }
        writer.bytes
    };
    let sequence = |tag: u32, items: Vec<Vec<u8>>| -> Vec<u8> {
        let mut writer = Writer { explicit, bytes: Vec::new() };
        let items = items.concat();
        writer.header(tag, "SQ", length_of(&items, undefined));
        writer.bytes.extend(items);
        if undefined {
            writer.header(0xFFFE_E0DD, "", 0);
        }
        writer.bytes
    };
    let elements = |tags: &[(u32, &str, usize)]| -> Vec<u8> {
        let mut writer = Writer { explicit, bytes: Vec::new() };
        for (tag, vr, length) in tags {
            writer.element(*tag, vr, *length);
        }
        writer.bytes
    };
    let plain = elements(&[(0x0020_0032, "DS", 40), (0x0020_0037, "DS", 24)]);
    let content = elements(&ATTRIBUTES[11..17]);
    let frame = || {
        let groups = [0x0018_9114, 0x0018_9226, 0x0020_9111, 0x0020_9113, 0x0020_9116, 0x0028_9110];
        let groups = groups.map(|tag| sequence(tag, vec![item(vec![plain.clone()])]));
        let last = sequence(0x0028_9145, vec![item(vec![content.clone()]), item(vec![content.clone()])]);
        item(vec![groups.concat(), last])
    };
    sequence(0x5200_9230, (0..2000).map(|_| frame()).collect())
}

fn length_of(content: &[u8], undefined: bool) -> u32 {
    if undefined { u32::MAX } else { u32::try_from(content.len()).unwrap() }
}

fn measure(name: &str, bytes: &[u8], encoding: Encoding, rounds: usize) {
    let (mut index, mut best, mut rows) = (Index::default(), f64::MAX, 0);
    for _ in 0..rounds {
        let start = Instant::now();
        let mut tokenizer = Tokenizer::new(index, encoding, 0, TokenizerOptions::default());
        tokenizer.resume(0, bytes, Some(bytes.len() as u64)).unwrap();
        index = tokenizer.finish();
        rows = index.len();
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(rows));
    }
    assert!(index.warnings().is_empty());
    println!("{name:<32} {rows:>7} rows {best:>6.1} ns a row");
}

fn main() {
    if cfg!(debug_assertions) {
        println!("measure with `cargo bench`, not in a debug build");
        return;
    }
    let (explicit, implicit) = (Encoding::EXPLICIT_LITTLE, Encoding::IMPLICIT_LITTLE);
    measure("explicit, flat", &flat(true), explicit, ROUNDS * 20);
    measure("implicit, flat", &flat(false), implicit, ROUNDS * 20);
    for undefined in [false, true] {
        let lengths = if undefined { "undefined lengths" } else { "defined lengths" };
        measure(&format!("explicit, nested, {lengths}"), &nested(true, undefined), explicit, ROUNDS);
        measure(&format!("implicit, nested, {lengths}"), &nested(false, undefined), implicit, ROUNDS);
    }
}
