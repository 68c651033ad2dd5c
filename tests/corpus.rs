//! Real files: what is in them, whatever is cut off, and however they are read.
//!
//! `FASTDCM_CORPUS` names the folder (default: `../shared/corpus` beside the repository). Without it these tests say so
//! and pass, unless `FASTDCM_REQUIRE_CORPUS=1`.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_possible_wrap)]
#![allow(clippy::print_stderr)]

mod support;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fastdcm::dataset::{DatasetView, Encoding, Flags, Index, Progress, Row, Tokenizer, TokenizerOptions};
use fastdcm::file::{DicomFile, ReadOptions, read_memory, read_source};
use fastdcm::{Result, Tag, Vr, WarningKind};
use serde_json::Value;
use support::*;

/// The folder of the corpus; none where it may be absent and is.
fn corpus() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("FASTDCM_CORPUS").map_or(beside, PathBuf::from);
    if folder.join("MANIFEST.jsonl").is_file() {
        return Some(folder);
    }
    let required = std::env::var_os("FASTDCM_REQUIRE_CORPUS").is_some_and(|value| value == "1");
    assert!(!required, "no corpus at {}", folder.display());
    eprintln!("NOT TESTED: no corpus at {} (FASTDCM_CORPUS)", folder.display());
    None
}

/// A file of the corpus and what its manifest says of it.
struct Sample {
    name: String,
    facts: Value,
    bytes: Arc<[u8]>,
}

impl Sample {
    fn is_malformed(&self) -> bool {
        self.facts["kind"] == "malformed"
    }

    /// The first `length` bytes, forced to be read.
    fn read(&self, length: usize) -> Result<DicomFile> {
        read_memory(Box::new(Prefix { bytes: Arc::clone(&self.bytes), length }), &forced())
    }
}

/// The beginning of a file, without a copy.
struct Prefix {
    bytes: Arc<[u8]>,
    length: usize,
}

impl AsRef<[u8]> for Prefix {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// The manifest comes from Python: halves of surrogate pairs and numbers that JSON has not, none of which matter here.
fn parse(line: &str) -> Value {
    serde_json::from_str(&line.replace("\\ud", "\\u0").replace("NaN", "0")).unwrap()
}

fn forced() -> ReadOptions {
    ReadOptions { force: true, ..ReadOptions::default() }
}

fn samples() -> impl Iterator<Item = Sample> {
    let folder = corpus();
    let manifest = folder.as_ref().map(|folder| fs::read_to_string(folder.join("MANIFEST.jsonl")).unwrap());
    let rows: Vec<Value> = manifest.iter().flat_map(|text| text.lines()).map(parse).collect();
    rows.into_iter().map(move |facts| {
        let name = facts["file"].as_str().unwrap().to_owned();
        let bytes = fs::read(folder.as_ref().unwrap().join(&name)).unwrap();
        Sample { name, facts, bytes: bytes.into() }
    })
}

/// Numbers that look like chance and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

/// Where the data set of a file begins: behind what stands in front of it.
fn start_of(file: &DicomFile, bytes: &[u8]) -> u64 {
    match (file.meta.is_empty(), &file.preamble) {
        (false, _) => file.meta.end(),
        (true, Some(_)) => 132,
        (true, None) if bytes.starts_with(b"DICM") => 4,
        (true, None) => 0,
    }
}

/// Findings of the manifest that come of an input which ends too early.
const DAMAGE: [&str; 4] =
    ["value-past-end", "missing-seq-delimiter-pixeldata", "item-past-end", "fragment-past-end"];

/// Every row ends behind itself and inside the row it belongs to, and its value is there.
fn check(index: &Index, size: u64, name: &str) {
    let mut open: Vec<Row> = Vec::new();
    for (number, row) in (0_u32..).zip(index.rows()) {
        open.retain(|outer| outer.end() > number);
        assert!(row.end() > number && row.value_end() <= size, "{name}: {row:?}");
        if let Some(outer) = open.last() {
            let is_inside = row.end() <= outer.end() && row.value_end() <= outer.value_end();
            assert!(is_inside && row.header_offset() >= outer.offset(), "{name}: {row:?} leaves {outer:?}");
        }
        open.push(*row);
    }
    assert!(u64::from(index.len()) <= size / 8 + 1, "{name}: more rows than bytes can hold");
    assert!(index.end() <= size && index.truncated_at().is_none_or(|offset| offset <= size), "{name}");
    assert!(index.warnings().len() <= 1000, "{name}: {} warnings", index.warnings().len());
}

#[test]
fn every_file_gives_a_file_or_an_error_in_bounds() {
    let (mut read, mut refused) = (0, Vec::new());
    for sample in samples() {
        let result = sample.read(sample.bytes.len());
        match result {
            Ok(file) => {
                read += 1;
                check(&file.meta, sample.bytes.len() as u64, &sample.name);
                let size = file.inflated.as_ref().map_or(sample.bytes.len() as u64, |bytes| bytes.len());
                check(&file.dataset, size, &sample.name);
                for element in file.dataset().elements() {
                    assert!(
                        element.value().is_some_and(|value| value.len() as u64 == element.row().length())
                    );
                }
            }
            Err(error) => refused.push(format!("{}: {error}", sample.name)),
        }
    }
    if corpus().is_some() {
        assert!(read > 900, "{read} read; refused: {refused:#?}");
    }
}

#[test]
fn only_malformed_files_are_refused_or_end_early() {
    let mut complaints = Vec::new();
    // A byte too much stands in front of the first element of this one.
    let hopeless = |sample: &Sample| sample.is_malformed() || sample.name.ends_with("/no_meta.dcm");
    for sample in samples().filter(|sample| !hopeless(sample)) {
        let name = &sample.name;
        match sample.read(sample.bytes.len()) {
            Err(error) => complaints.push(format!("{name}: {error}")),
            Ok(file) if file.dataset.is_empty() && !is_odd(&sample, "empty-dataset") => {
                complaints.push(format!("{name}: no element"));
            }
            Ok(file) => {
                let is_cut = DAMAGE.iter().any(|odd| is_odd(&sample, odd));
                complaints.extend(
                    file.truncated_at().filter(|_| !is_cut).map(|at| format!("{name}: ends at {at}")),
                );
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

fn is_odd(sample: &Sample, odd: &str) -> bool {
    sample.facts["odd"].as_array().is_some_and(|all| all.iter().any(|value| value == odd))
}

/// The index of a data set that is handed over in windows of chance sizes.
fn in_windows(bytes: &[u8], start: u64, encoding: Encoding, chance: &mut Chance) -> Result<Index> {
    let mut tokenizer = Tokenizer::new(Index::default(), encoding, start, TokenizerOptions::default());
    let mut total = None;
    let largest = 1 << chance.below(14);
    let (mut base, mut end) = (start as usize, start as usize);
    loop {
        match tokenizer.resume(base as u64, &bytes[base..end], total)? {
            Progress::Done => return Ok(tokenizer.finish()),
            Progress::NeedSize => assert_eq!(total.replace(bytes.len() as u64), None, "asks twice"),
            Progress::Need { offset, length } => {
                let (offset, wanted) = (offset as usize, (offset + length) as usize);
                assert!(offset >= base && wanted > end, "asks for what it had");
                base = offset.min(bytes.len());
                end = (wanted + chance.below(largest) as usize).clamp(end, bytes.len());
                total = total.or((end == bytes.len()).then_some(bytes.len() as u64));
            }
        }
    }
}

fn in_one(bytes: &[u8], start: u64, encoding: Encoding) -> Result<Index> {
    let mut tokenizer = Tokenizer::new(Index::default(), encoding, start, TokenizerOptions::default());
    assert_eq!(tokenizer.resume(0, bytes, Some(bytes.len() as u64))?, Progress::Done);
    Ok(tokenizer.finish())
}

#[test]
fn windows_of_any_size_give_the_same_index() {
    let mut chance = Chance(1);
    for sample in samples() {
        let Ok(file) = sample.read(sample.bytes.len()) else { continue };
        let start = start_of(&file, &sample.bytes);
        // In the wrong encoding, too: repairs look ahead.
        for encoding in [Encoding::EXPLICIT_LITTLE, Encoding::IMPLICIT_LITTLE, Encoding::EXPLICIT_BIG] {
            let whole = in_one(&sample.bytes, start, encoding);
            for _ in 0..2 {
                let parts = in_windows(&sample.bytes, start, encoding, &mut chance);
                match (&whole, &parts) {
                    (Ok(whole), Ok(parts)) => assert_equal(whole, parts, &sample.name),
                    (whole, parts) => {
                        assert_eq!(whole.as_ref().err(), parts.as_ref().err(), "{}", sample.name);
                    }
                }
            }
        }
    }
}

fn assert_equal(whole: &Index, parts: &Index, name: &str) {
    assert_eq!(whole.len(), parts.len(), "{name}");
    for (a, b) in whole.rows().iter().zip(parts.rows()) {
        assert!(without_deferral(a) == without_deferral(b), "{name}: {a:?}, {b:?}");
    }
    assert_eq!(whole.warnings(), parts.warnings(), "{name}");
    assert_eq!(whole.truncated_at(), parts.truncated_at(), "{name}");
    assert_eq!(whole.end(), parts.end(), "{name}");
}

fn without_deferral(row: &Row) -> (Row, u32) {
    let flags = row.flags().with(Flags::DEFERRED);
    (Row::new(row.tag(), row.vr(), flags, row.offset(), row.length()), row.end())
}

#[test]
fn a_source_gives_the_same_as_memory_and_no_byte_is_read_twice() {
    let mut chance = Chance(2);
    for sample in samples() {
        let whole = sample.read(sample.bytes.len());
        for defer in [None, Some(1 << 10)] {
            let magnitude = 4 + chance.below(14);
            let header_hint = 1 + chance.below(1 << magnitude);
            let options = ReadOptions { defer_size: defer, header_hint, ..forced() };
            let source = Watched::new(sample.bytes.to_vec());
            let parts = read_source(source.clone(), &options);
            let mut end = 0;
            for read in source.reads() {
                assert!(read.start >= end, "{}: {read:?} was read before", sample.name);
                end = read.end;
            }
            match (&whole, &parts) {
                (Ok(whole), Ok(parts)) => assert_same_file(whole, parts, &sample.name),
                (whole, parts) => assert_eq!(whole.as_ref().err(), parts.as_ref().err(), "{}", sample.name),
            }
        }
    }
}

fn assert_same_file(whole: &DicomFile, parts: &DicomFile, name: &str) {
    assert_equal(&whole.meta, &parts.meta, name);
    assert_equal(&whole.dataset, &parts.dataset, name);
    assert_eq!(whole.warnings, parts.warnings, "{name}");
    assert_eq!(whole.preamble, parts.preamble, "{name}");
    assert_eq!(whole.transfer_syntax, parts.transfer_syntax, "{name}");
    for row in parts.dataset.rows() {
        let value = parts.read(row.offset(), row.length()).unwrap();
        assert!(value == whole.read(row.offset(), row.length()).unwrap(), "{name}: {row:?}");
    }
}

/// The elements of the root for which `is_wanted`, with everything in them; numbers of rows count in what is kept.
fn part_of(index: &Index, is_wanted: impl Fn(Tag) -> bool) -> Vec<(Row, u32)> {
    let mut kept = Vec::new();
    for number in index.children(0, index.len()) {
        let root = index.row(number).unwrap();
        let moved = number - kept.len() as u32;
        if is_wanted(root.tag()) {
            let rows = (number..root.end()).map(|number| without_deferral(index.row(number).unwrap()));
            kept.extend(rows.map(|(row, end)| (row, end - moved)));
        }
    }
    kept
}

#[test]
fn what_is_asked_for_is_what_the_whole_has() {
    let mut chance = Chance(4);
    let mut compared = 0;
    for sample in samples() {
        let Ok(whole) = sample.read(sample.bytes.len()) else { continue };
        let roots =
            whole.dataset.children(0, whole.dataset.len()).map(|number| whole.dataset.row(number).unwrap());
        let roots: Vec<Tag> = roots.map(Row::tag).collect();
        // Out of order, an element may be missed; that is told.
        if roots.is_empty() || !roots.is_sorted() {
            continue;
        }
        for _ in 0..4 {
            let some = |chance: &mut Chance| roots[chance.below(roots.len() as u64) as usize];
            let wanted: Vec<Tag> = (0..=chance.below(6)).map(|_| some(&mut chance)).collect();
            let stop_at = Some(some(&mut chance)).filter(|_| chance.below(2) == 0);
            let stop_before_pixels = chance.below(2) == 0;
            let ranges = Some(ReadOptions::ranges_of(wanted.iter().copied())).filter(|_| chance.below(3) > 0);
            let is_wanted = |tag: Tag| {
                let is_named = ranges.as_ref().is_none_or(|ranges| ranges.iter().any(|range| range.0 == tag));
                let is_stopped = stop_at.is_some_and(|stop| tag >= stop);
                // What follows pixel data is left out with it.
                let is_behind =
                    stop_before_pixels && roots.iter().any(|root| root.is_pixel_data() && *root <= tag);
                is_named && !is_stopped && !is_behind
            };
            let expected = part_of(&whole.dataset, is_wanted);
            compared += expected.len();
            let options = ReadOptions { wanted: ranges.clone(), stop_at, stop_before_pixels, ..forced() };
            let memory = read_memory(Box::new(sample.bytes.to_vec()), &options).unwrap();
            let header_hint = 1 + chance.below(4000);
            let options = ReadOptions { header_hint, defer_size: Some(64), ..options };
            let source = read_source(Watched::new(sample.bytes.to_vec()), &options).unwrap();
            for part in [memory, source] {
                let found: Vec<_> = part.dataset.rows().iter().map(without_deferral).collect();
                assert!(found == expected, "{}: {wanted:?} {stop_at:?}", sample.name);
            }
        }
    }
    assert!(compared > 10_000 || corpus().is_none());
}

/// Where a file is cut: at and beside each boundary of an element, and anywhere; at every byte where that is few.
fn cuts(sample: &Sample, file: &DicomFile, chance: &mut Chance) -> Vec<usize> {
    let size = sample.bytes.len();
    let most = (100_000 / (u64::from(file.dataset.len()) + 20)) as usize;
    if size <= most || file.inflated.is_some() && size <= 4 * most {
        return (0..size).collect();
    }
    let rows = file.meta.rows().iter().chain(file.dataset.rows());
    let boundaries = rows.flat_map(|row| [row.header_offset(), row.offset(), row.value_end()]);
    let mut cuts: Vec<usize> = boundaries
        .flat_map(|offset| [offset.saturating_sub(1), offset, offset + 1])
        .map(|cut| cut as usize)
        .collect();
    cuts.extend((0..20).map(|_| chance.below(size as u64) as usize));
    cuts.retain(|cut| *cut < size);
    cuts.sort_unstable();
    cuts.dedup();
    let step = cuts.len().div_ceil(most);
    let first = chance.below(step as u64) as usize;
    cuts.into_iter().skip(first).step_by(step).collect()
}

/// The rows that lie whole in the first `cut` bytes stand in `part` at the same places.
fn assert_prefix(whole: &Index, part: &Index, cut: u64, name: &str) {
    for (number, row) in whole.rows().iter().enumerate().take_while(|(_, row)| row.header_offset() < cut) {
        let delimiter = if row.has(Flags::UNDEFINED_LENGTH) { 8 } else { 0 };
        if row.value_end() + delimiter > cut {
            continue;
        }
        let kept = part.rows().get(number);
        assert!(
            kept.is_some_and(|kept| without_deferral(kept) == without_deferral(row)),
            "{name} cut at {cut}: {row:?} became {kept:?}"
        );
    }
}

#[test]
fn every_whole_element_before_a_cut_is_kept() {
    let mut chance = Chance(3);
    let mut total = 0;
    for sample in samples() {
        let Ok(whole) = sample.read(sample.bytes.len()) else { continue };
        for cut in cuts(&sample, &whole, &mut chance) {
            total += 1;
            let first = whole
                .meta
                .rows()
                .first()
                .or(whole.dataset.rows().first())
                .filter(|_| whole.inflated.is_none());
            let part = match sample.read(cut) {
                Ok(part) => part,
                Err(error) => {
                    let is_lost = first.is_some_and(|row| row.value_end() <= cut as u64);
                    assert!(!is_lost, "{} cut at {cut}: {error}", sample.name);
                    continue;
                }
            };
            assert_prefix(&whole.meta, &part.meta, cut as u64, &sample.name);
            let there = part.inflated.as_ref().map_or(cut as u64, |bytes| bytes.len());
            if whole.inflated.is_none() || part.inflated.is_some() {
                assert_prefix(&whole.dataset, &part.dataset, there, &sample.name);
            }
        }
    }
    eprintln!("{total} cuts");
}

/// What the reference says of a file: VR by path, for elements that both its decoders see alike.
type Elements = BTreeMap<String, String>;

fn reference(folder: &Path) -> HashMap<String, Elements> {
    let file = fs::File::open(folder.join("refmeta.jsonl.gz")).unwrap();
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines();
    lines
        .map(|line| {
            let row = parse(&line.unwrap());
            let elements = row["lines"].as_array().unwrap().iter().filter_map(|line| {
                let mut words = line.as_str().unwrap().splitn(3, ' ');
                Some((words.next()?.to_owned(), words.next()?.to_owned()))
            });
            (row["sha256"].as_str().unwrap().to_owned(), elements.collect())
        })
        .collect()
}

/// The elements of a data set as the reference lists them: all but group lengths, pixel data and character sets.
fn elements(dataset: DatasetView<'_>, prefix: &str, found: &mut BTreeMap<String, (Vr, bool)>) {
    for element in dataset.elements() {
        let tag = element.tag();
        let left_out = tag.is_group_length() || tag.is_pixel_data() || tag == Tag::SPECIFIC_CHARACTER_SET;
        if left_out || tag.group() == 0x0002 {
            continue;
        }
        let path = format!("{prefix}{:08X}", tag.0);
        for (number, item) in element.items().enumerate() {
            elements(item, &format!("{path}[{number}]."), found);
        }
        found.insert(path, (element.vr(), element.row().has(Flags::AMBIGUOUS)));
    }
}

/// Where other elements decide on the VR, the index has one of those that are possible.
fn is_same_vr(found: Vr, is_ambiguous: bool, expected: &str) -> bool {
    found.as_str() == expected || is_ambiguous && matches!(expected, "US" | "SS" | "OB" | "OW")
}

#[test]
fn tags_and_vrs_equal_the_reference() {
    let Some(folder) = corpus() else { return };
    let reference = reference(&folder);
    let (mut files, mut differing) = (0, Vec::new());
    for sample in samples().filter(|sample| sample.facts["meta"]["agree"] == true) {
        let Some(expected) = reference.get(sample.facts["sha256"].as_str().unwrap()) else { continue };
        files += 1;
        let file = sample.read(sample.bytes.len()).unwrap();
        let mut found = BTreeMap::new();
        elements(file.dataset(), "", &mut found);
        for path in expected.keys().filter(|path| !found.contains_key(*path)) {
            differing.push(format!("{}: {path} is missing", sample.name));
        }
        for (path, (vr, is_ambiguous)) in found {
            match expected.get(&path) {
                None => differing.push(format!("{}: {path} is too much", sample.name)),
                // A private element sent as UN, which our private dictionary knows and neither decoder's does.
                Some(other) if other == "UN" && is_private(&path) => {}
                Some(other) if is_same_vr(vr, is_ambiguous, other) => {}
                Some(other) => differing.push(format!("{}: {path} {vr} for {other}", sample.name)),
            }
        }
    }
    assert!(files > 700, "{files} files");
    assert!(differing.is_empty(), "{differing:#?}");
}

fn is_private(path: &str) -> bool {
    let tag = path.rsplit('.').next().and_then(|tag| u32::from_str_radix(tag, 16).ok());
    tag.is_some_and(|tag| Tag(tag).is_private())
}

#[test]
fn an_element_that_is_wanted_alone_is_the_one_of_the_whole() {
    let mut compared = 0;
    for sample in samples() {
        let Ok(whole) = sample.read(sample.bytes.len()) else { continue };
        let is_ordered =
            !whole.dataset.warnings().iter().any(|warning| {
                matches!(warning.kind, WarningKind::TagsOutOfOrder | WarningKind::DuplicateTag)
            });
        let roots: Vec<Row> = whole
            .dataset
            .children(0, whole.dataset.len())
            .filter_map(|number| whole.dataset.row(number))
            .copied()
            .collect();
        for row in roots.iter().step_by(roots.len() / 12 + 1).filter(|_| is_ordered) {
            let options = ReadOptions { wanted: Some(ReadOptions::ranges_of([row.tag()])), ..forced() };
            let all = Prefix { bytes: Arc::clone(&sample.bytes), length: sample.bytes.len() };
            let part = read_memory(Box::new(all), &options).unwrap();
            let found = part
                .dataset()
                .find(row.tag())
                .map(|found| *found.row())
                .map(|row| (row.tag(), row.vr(), row.offset(), row.length()));
            let wanted = Some((row.tag(), row.vr(), row.offset(), row.length()));
            assert_eq!(found, wanted, "{}: {}", sample.name, row.tag());
            compared += 1;
        }
    }
    eprintln!("{compared} elements compared");
}
