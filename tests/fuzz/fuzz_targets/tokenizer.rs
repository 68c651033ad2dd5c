//! Bytes → index. Whatever the bytes: no panic, every row lies inside the input and inside its parent, and the index is
//! the same however the input was cut into buffers.
#![no_main]

use fastdcm::Limits;
use fastdcm::dataset::{Encoding, Flags, Index, Progress, Row, Tokenizer, TokenizerOptions};
use libfuzzer_sys::fuzz_target;

/// The first byte chooses how the rest is written, how it is cut and what is read of it.
fn settings(choice: u8) -> (Encoding, TokenizerOptions) {
    let encoding = match choice & 3 {
        0 => Encoding::EXPLICIT_LITTLE,
        1 => Encoding::IMPLICIT_LITTLE,
        2 => Encoding::EXPLICIT_BIG,
        _ => Encoding::IMPLICIT_BIG,
    };
    let limits = if choice & 4 == 0 { Limits::DEFAULT } else { Limits { depth: 3, ..Limits::DEFAULT } };
    let defer_from = if choice & 8 == 0 { u64::MAX } else { 32 };
    (
        encoding,
        TokenizerOptions { limits, defer_from, strict: choice & 16 != 0, ..TokenizerOptions::default() },
    )
}

/// The index, read from buffers of at most `step` bytes beyond what is asked for.
fn index(bytes: &[u8], choice: u8, step: usize) -> fastdcm::Result<Index> {
    let (encoding, options) = settings(choice);
    let mut total = (choice & 64 == 0).then_some(bytes.len() as u64);
    let mut tokenizer = Tokenizer::new(Index::default(), encoding, 0, options);
    let (mut base, mut end) = (0, step.min(bytes.len()));
    loop {
        match tokenizer.resume(base as u64, &bytes[base..end], total)? {
            Progress::Done => return Ok(tokenizer.finish()),
            Progress::NeedSize => {
                assert!(total.is_none(), "asks twice for the size");
                total = Some(bytes.len() as u64);
            }
            Progress::Need { offset, length } => {
                let wanted = usize::try_from(offset.saturating_add(length)).unwrap_or(usize::MAX);
                assert!(wanted > end, "asks for what it was given");
                let next = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                if next == bytes.len() || end == bytes.len() {
                    total = Some(bytes.len() as u64);
                }
                // What is asked for may begin behind the buffer, but never in front of it.
                base = if next > end { next } else { base };
                end = wanted.saturating_add(step).min(bytes.len());
            }
        }
    }
}

fn check(index: &Index, total: u64) {
    let mut open: Vec<&Row> = Vec::new();
    for (number, row) in (0u32..).zip(index.rows()) {
        while open.last().is_some_and(|outer| outer.end() <= number) {
            open.pop();
        }
        assert!(row.value_end() <= total, "row {number} ends behind the input");
        assert!(row.end() > number, "row {number} ends before itself");
        if let Some(outer) = open.last() {
            assert!(row.end() <= outer.end(), "row {number} leaves its parent");
            let is_inside = row.header_offset() >= outer.offset() && row.value_end() <= outer.value_end();
            assert!(is_inside, "row {number}, {row:?}, lies outside of {outer:?}");
        }
        open.push(row);
    }
    assert!(index.rows().len() as u64 <= total / 8 + 1, "more rows than bytes can hold");
    assert!(index.warnings().len() <= 1000);
}

/// What of the rows does not depend on which values happened to be in a buffer.
fn rows(index: &Index) -> impl Iterator<Item = (Row, u32)> {
    index.rows().iter().map(|row| {
        let flags = row.flags().with(Flags::DEFERRED);
        (Row::new(row.tag(), row.vr(), flags, row.offset(), row.length()), row.end())
    })
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let whole = index(bytes, choice, bytes.len());
    if let Ok(whole) = &whole {
        check(whole, bytes.len() as u64);
    }
    let step = if choice & 32 == 0 { 1 } else { 61 };
    match (whole, index(bytes, choice, step)) {
        (Ok(whole), Ok(cut)) => {
            assert!(rows(&whole).eq(rows(&cut)), "rows differ: {:?}, {:?}", whole.rows(), cut.rows());
            assert_eq!(whole.warnings(), cut.warnings());
            assert_eq!(whole.truncated_at(), cut.truncated_at());
        }
        (Err(whole), Err(cut)) => assert_eq!(whole, cut),
        (whole, cut) => panic!("whole: {whole:?}, cut: {cut:?}"),
    }
});
