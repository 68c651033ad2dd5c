//! Real files written again: as they are, in every other encoding and back, with other lengths.
//!
//! `FASTDCM_CORPUS` names the folder (default: `../shared/corpus` beside the repository). Without it these tests say so
//! and pass, unless `FASTDCM_REQUIRE_CORPUS=1`.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::print_stderr)]

mod support;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fastdcm::ErrorKind;
use fastdcm::dataset::{
    ByteOrder, DatasetView, Deciders, Draft, DraftItem, DraftPart, DraftValue, Encoding, Flags, Index, Plan,
    Row, SequenceLengths, StoredRows, Target, TokenizerOptions,
};
use fastdcm::file::{DicomFile, FileDraft, FilePlan, ReadOptions, read_memory, read_source};
use fastdcm::pixel::{PixelData, PixelOptions};
use fastdcm::source::{MemorySource, Resident};
use fastdcm::value::character_set::CharacterSet;
use fastdcm::value::text::values;
use fastdcm::{Limits, Tag, Vr};
use support::*;

const SYNTAXES: [Encoding; 3] =
    [Encoding::IMPLICIT_LITTLE, Encoding::EXPLICIT_LITTLE, Encoding::EXPLICIT_BIG];

/// Name and bytes of every file that reads without a warning.
fn sound_files() -> impl Iterator<Item = (String, Vec<u8>, DicomFile)> {
    all_files().filter(|(_, _, file)| file.all_warnings().count() == 0)
}

/// Name and bytes of every file that can be read.
fn all_files() -> impl Iterator<Item = (String, Vec<u8>, DicomFile)> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus");
    let folder = std::env::var_os("FASTDCM_CORPUS").map_or(beside, PathBuf::from);
    let manifest = fs::read_to_string(folder.join("MANIFEST.jsonl")).ok();
    if manifest.is_none() {
        let required = std::env::var_os("FASTDCM_REQUIRE_CORPUS").is_some_and(|value| value == "1");
        assert!(!required, "no corpus at {}", folder.display());
        eprintln!("NOT TESTED: no corpus at {} (FASTDCM_CORPUS)", folder.display());
    }
    let names: Vec<String> = manifest.iter().flat_map(|text| text.lines()).map(name_of).collect();
    names.into_iter().filter_map(move |name| {
        let bytes = fs::read(folder.join(&name)).unwrap();
        let options = ReadOptions { force: true, ..ReadOptions::default() };
        let file = read_memory(Box::new(bytes.clone()), &options).ok()?;
        Some((name, bytes, file))
    })
}

/// The manifest comes from Python: halves of surrogate pairs and numbers that JSON has not, none of which matter here.
fn name_of(line: &str) -> String {
    let facts: serde_json::Value =
        serde_json::from_str(&line.replace("\\ud", "\\u0").replace("NaN", "0")).unwrap();
    facts["file"].as_str().unwrap().to_owned()
}

fn target_of(file: &DicomFile) -> Target {
    Target::new(file.encoding.unwrap(), file.stored().character_set)
}

fn written(draft: &Draft<'_>, target: &Target) -> Result<Vec<u8>, fastdcm::Error> {
    let plan = Plan::new(draft, target)?;
    let mut bytes = Vec::new();
    plan.write(&mut bytes)?;
    assert_eq!(plan.length(), bytes.len() as u64);
    Ok(bytes)
}

/// A data set that was written and read again.
struct Again {
    index: Index,
    bytes: Resident,
    encoding: Encoding,
    set: CharacterSet,
}

impl Again {
    fn read(bytes: Vec<u8>, encoding: Encoding, set: CharacterSet) -> Self {
        let index = index_with(&bytes, encoding, TokenizerOptions::default()).unwrap();
        Self { index, bytes: Resident::whole(Box::new(bytes)), encoding, set }
    }

    fn stored(&self) -> StoredRows<'_> {
        let view = DatasetView::root(&self.index, &self.bytes);
        StoredRows::of(view, self.encoding, self.set)
    }
}

/// Path, VR and value of every element but group lengths, padding and byte order set aside.
fn elements(stored: &StoredRows<'_>) -> Vec<(String, Vr, Vec<u8>)> {
    let numbers: Vec<u32> = (0..stored.index.len()).collect();
    let paths = stored.index.paths(&numbers);
    let rows = stored.index.rows();
    let mut deciders = vec![(stored.index.len(), Deciders::default())];
    let mut found = Vec::new();
    for (number, row) in (0..).zip(rows) {
        while deciders.len() > 1 && deciders.last().unwrap().0 <= number {
            deciders.pop();
        }
        let value = stored.bytes.get(row.offset(), row.length()).unwrap();
        let order = row.encoding().byte_order;
        let number_of = |value: &[u8]| match order {
            ByteOrder::Little => u16::from_le_bytes([value[0], value[1]]),
            ByteOrder::Big => u16::from_be_bytes([value[0], value[1]]),
        };
        if row.tag() == Tag::ITEM {
            let outer = deciders.last().unwrap().1;
            deciders.push((row.end(), Deciders { lut_entries: None, ..outer }));
        }
        let facts = &mut deciders.last_mut().unwrap().1;
        match row.tag() {
            Tag::PIXEL_REPRESENTATION if value.len() > 1 => {
                facts.pixel_representation = Some(number_of(value))
            }
            Deciders::LUT_DESCRIPTOR if value.len() > 1 => facts.lut_entries = Some(number_of(value)),
            _ => {}
        }
        if row.tag().is_group_length() || row.tag() == Tag::ITEM && row.length() == 0 {
            continue;
        }
        let is_leaf = row.vr() != Vr::SQ && row.tag() != Tag::ITEM && !row.has(Flags::ENCAPSULATED);
        let mut value = if is_leaf { value.to_vec() } else { Vec::new() };
        let is_big = order == ByteOrder::Big;
        if is_big && !row.tag().is_pixel_data() {
            value.chunks_exact_mut(row.vr().unit()).for_each(<[u8]>::reverse);
        }
        if row.tag().is_pixel_data() {
            value.truncate(if is_big { 0 } else { value.len() });
        }
        while value.last().is_some_and(|last| matches!(last, 0 | b' ')) {
            value.pop();
        }
        found.push((paths[number as usize].to_string(), facts.vr(row), value));
    }
    found
}

fn without_pixels(all: &[(String, Vr, Vec<u8>)]) -> Vec<&(String, Vr, Vec<u8>)> {
    all.iter().filter(|(path, ..)| !path.contains("(7FE0,00")).collect()
}

fn first_difference(a: &[(String, Vr, Vec<u8>)], b: &[(String, Vr, Vec<u8>)]) -> String {
    let pair = a.iter().zip(b).find(|(a, b)| a != b);
    pair.map_or_else(
        || format!("{} and {} elements", a.len(), b.len()),
        |(a, b)| format!("{} {} {} bytes, {} {} {} bytes", a.0, a.1, a.2.len(), b.0, b.1, b.2.len()),
    )
}

#[test]
fn every_sound_file_is_written_as_it_is() {
    let (mut count, mut complaints) = (0, Vec::new());
    for (name, bytes, file) in sound_files() {
        count += 1;
        let draft = Draft::stored(file.stored());
        let data_set = match &file.inflated {
            Some(inflated) => inflated.get(0, file.dataset.end()).unwrap().to_vec(),
            None => {
                let start = if file.meta.is_empty() { 0 } else { file.meta.end() };
                bytes[start as usize..file.dataset.end() as usize].to_vec()
            }
        };
        let out = written(&draft, &target_of(&file)).unwrap();
        if out != data_set {
            complaints.push(format!("{name}: {} bytes, {} expected", out.len(), data_set.len()));
        }
        if file.inflated.is_some() {
            continue;
        }
        // Values left in the source come from there; the file as a whole is the same, too.
        let options =
            ReadOptions { defer_size: Some(64), header_hint: 256, force: true, ..ReadOptions::default() };
        let source = Arc::new(MemorySource::new(Box::new(bytes.clone())));
        let deferred = read_source(source, &options).unwrap();
        let (meta, dataset) = (Draft::stored(deferred.stored_meta()), Draft::stored(deferred.stored()));
        let plan = FilePlan::new(&FileDraft {
            preamble: deferred.preamble.as_deref(),
            meta: (!deferred.meta.is_empty()).then_some(&meta),
            dataset: &dataset,
            target: target_of(&file),
            is_deflated: false,
        });
        let mut whole = Vec::new();
        plan.unwrap().write(&mut whole).unwrap();
        if whole != bytes[..file.dataset.end() as usize] {
            complaints.push(format!("{name}: the whole file differs"));
        }
    }
    eprintln!("{count} files");
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn every_native_file_survives_other_encodings() {
    let (mut count, mut refused, mut complaints) = (0, Vec::new(), Vec::new());
    for (name, _, file) in sound_files() {
        let draft = Draft::stored(file.stored());
        let is_encapsulated = file.dataset.rows().iter().any(|row| row.has(Flags::ENCAPSULATED));
        let before = elements(&file.stored());
        let set = file.stored().character_set;
        for encoding in SYNTAXES.into_iter().filter(|encoding| Some(*encoding) != file.encoding) {
            let target = Target::new(encoding, set);
            let plan = match Plan::new(&draft, &target) {
                Ok(plan) => plan,
                Err(error) => {
                    let expected = is_encapsulated && *error.kind() == ErrorKind::EncapsulatedPixelData;
                    refused.extend((!expected).then(|| format!("{name}: {error}")));
                    continue;
                }
            };
            assert!(!is_encapsulated, "{name}");
            count += 1;
            let mut out = Vec::new();
            plan.write(&mut out).unwrap();
            let lost: HashSet<String> = plan.report().vr_lost.iter().map(ToString::to_string).collect();
            let there = Again::read(out, encoding, set);
            let kept = |all: Vec<(String, Vr, Vec<u8>)>| -> Vec<_> {
                all.into_iter()
                    .map(|(path, vr, value)| {
                        let vr = if lost.contains(&path) { Vr::UN } else { vr };
                        (path, vr, value)
                    })
                    .collect()
            };
            let after = elements(&there.stored());
            let (a, b) = (kept(before.clone()), kept(after));
            if without_pixels(&a) != without_pixels(&b) {
                complaints.push(format!("{name} as {encoding:?}: {}", first_difference(&a, &b)));
                continue;
            }
            let back = Draft::stored(there.stored());
            let out = written(&back, &target_of(&file)).unwrap();
            let back = Again::read(out, file.encoding.unwrap(), set);
            let c = kept(elements(&back.stored()));
            if a != c {
                complaints.push(format!("{name} by {encoding:?}: {}", first_difference(&a, &c)));
            }
        }
    }
    eprintln!("{count} conversions; refused: {refused:#?}");
    assert!(complaints.is_empty(), "{} {complaints:#?}", complaints.len());
}

#[test]
fn lengths_of_either_form_hold_the_same_elements() {
    let mut complaints = Vec::new();
    for (name, _, file) in sound_files() {
        let draft = Draft::stored(file.stored());
        let before = elements(&file.stored());
        for lengths in [SequenceLengths::Defined, SequenceLengths::Undefined] {
            let target = Target { lengths, ..target_of(&file) };
            let out = written(&draft, &target).unwrap();
            let again = Again::read(out, target.encoding, target.character_set);
            let wanted = lengths == SequenceLengths::Undefined;
            let has_other = again
                .index
                .rows()
                .iter()
                .any(|row| row.vr() == Vr::SQ && row.has(Flags::UNDEFINED_LENGTH) != wanted);
            let is_forced = has_other && target.encoding == Encoding::IMPLICIT_LITTLE;
            let after = elements(&again.stored());
            if before != after || has_other && !is_forced {
                complaints.push(format!("{name} {lengths:?}: {}", first_difference(&before, &after)));
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// The transfer syntax, the file in it, and its pixels.
fn pixels_as(file: &DicomFile, uid: &str, encoding: Encoding, is_deflated: bool) -> Option<Vec<u8>> {
    let mut value = uid.as_bytes().to_vec();
    value.resize(value.len().next_multiple_of(2), 0);
    let syntax = DraftPart::New { tag: Tag(0x0002_0010), vr: Vr::UI, value: DraftValue::Bytes(value.into()) };
    let (meta, dataset) =
        (Draft { parts: vec![syntax], byte_order: ByteOrder::Little }, Draft::stored(file.stored()));
    let target = Target::new(encoding, file.stored().character_set);
    let draft =
        FileDraft { preamble: Some(&[0; 128]), meta: Some(&meta), dataset: &dataset, target, is_deflated };
    let mut bytes = Vec::new();
    FilePlan::new(&draft).ok()?.write(&mut bytes).unwrap();
    let file = read_memory(Box::new(bytes), &ReadOptions::default()).unwrap();
    assert_eq!(file.encoding, Some(encoding));
    assert_eq!(file.warnings, []);
    let pixels = PixelData::of_file(&file, &Limits::DEFAULT).ok()?;
    let options = PixelOptions { raw: true, ..PixelOptions::default() };
    let mut out = vec![0; pixels.length(&options).ok()? as usize];
    pixels.decode(&file, &options, &mut out).ok()?;
    Some(out)
}

#[test]
fn native_pixels_are_the_same_in_every_transfer_syntax() {
    let mut count = 0;
    for (name, _, file) in sound_files() {
        let implicit = pixels_as(&file, "1.2.840.10008.1.2", Encoding::IMPLICIT_LITTLE, false);
        let Some(implicit) = implicit.filter(|pixels| pixels.len() < 4 << 20) else { continue };
        let explicit = pixels_as(&file, "1.2.840.10008.1.2.1", Encoding::EXPLICIT_LITTLE, false);
        let big = pixels_as(&file, "1.2.840.10008.1.2.2", Encoding::EXPLICIT_BIG, false);
        let deflated = pixels_as(&file, "1.2.840.10008.1.2.1.99", Encoding::EXPLICIT_LITTLE, true);
        let is_same = |pixels: Option<Vec<u8>>| pixels.is_some_and(|pixels| pixels == implicit);
        assert!(is_same(explicit) && is_same(big) && is_same(deflated), "{name}");
        count += 1;
    }
    eprintln!("{count} images");
}

/// The elements of a file with Specific Character Set replaced.
fn as_utf_8(file: &DicomFile) -> Draft<'_> {
    let (stored, set) = (file.stored(), Tag::SPECIFIC_CHARACTER_SET);
    let tag_of = |number: u32| file.dataset.row(number).unwrap().tag();
    let mut rows = file.dataset.children(0, stored.end);
    let first = rows.find(|number| tag_of(*number) >= set).unwrap_or(stored.end);
    let behind = if first < stored.end && tag_of(first) == set { first + 1 } else { first };
    let value = DraftValue::Bytes(b"ISO_IR 192"[..].into());
    let parts = vec![
        DraftPart::Stored(StoredRows { end: first, ..stored }),
        DraftPart::New { tag: set, vr: Vr::CS, value },
        DraftPart::Stored(StoredRows { first: behind, ..stored }),
    ];
    Draft { parts, byte_order: ByteOrder::Little }
}

#[test]
fn whatever_was_read_is_written_or_refused() {
    let (mut written_again, mut in_utf_8, mut refused, mut complaints) = (0, 0, Vec::new(), Vec::new());
    for (name, _, file) in all_files() {
        let Some(own) = file.encoding else { continue };
        let set = file.stored().character_set;
        let drafts = [(Draft::stored(file.stored()), set), (as_utf_8(&file), CharacterSet::UTF_8)];
        for encoding in SYNTAXES.into_iter().chain([own]) {
            for (draft, character_set) in &drafts {
                let character_set = *character_set;
                let target = Target { character_set, ..Target::new(encoding, set) };
                let is_same = encoding == own && character_set == set;
                match written(draft, &target) {
                    Ok(bytes) => {
                        in_utf_8 += usize::from(character_set == CharacterSet::UTF_8);
                        let Ok(index) = index_with(&bytes, encoding, TokenizerOptions::default()) else {
                            complaints.push(format!("{name} as {encoding:?} cannot be read"));
                            continue;
                        };
                        if !is_same {
                            continue;
                        }
                        written_again += 1;
                        let again = Again { index, bytes: Resident::whole(Box::new(bytes)), encoding, set };
                        let (a, b) = (elements(&file.stored()), elements(&again.stored()));
                        complaints.extend((a != b).then(|| format!("{name}: {}", first_difference(&a, &b))));
                    }
                    Err(error) => refused.extend(is_same.then(|| format!("{name}: {error}"))),
                }
            }
        }
    }
    eprintln!("{written_again} written again, {in_utf_8} in UTF-8; refused: {refused:#?}");
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// A draft in which every sequence is new and every element a part of its own.
fn taken_apart<'a>(stored: &StoredRows<'a>, first: u32, end: u32) -> Draft<'a> {
    let index = stored.index;
    let mut parts = Vec::new();
    for number in index.children(first, end) {
        let row = index.row(number).unwrap();
        if row.vr() != Vr::SQ {
            parts.push(DraftPart::Stored(StoredRows { first: number, end: row.end(), ..*stored }));
            continue;
        }
        let mut items = Vec::new();
        for item in index.children(number + 1, row.end()) {
            let end = index.row(item).unwrap().end();
            let encoding = DatasetView::of_rows(index, stored.bytes, item + 1, end).encoding();
            let set = DatasetView::of_rows(index, stored.bytes, item + 1, end)
                .find(Tag::SPECIFIC_CHARACTER_SET)
                .and_then(|element| element.value())
                .map(|value| CharacterSet::from_value(value, CharacterSet::DEFAULT).0);
            let inner = StoredRows {
                encoding: encoding.unwrap_or(stored.encoding),
                character_set: set.unwrap_or(stored.character_set),
                ..*stored
            };
            let draft = taken_apart(&inner, item + 1, end);
            let undefined_length = index.row(item).unwrap().has(Flags::UNDEFINED_LENGTH);
            items.push(DraftItem { draft, undefined_length });
        }
        let undefined_length = row.has(Flags::UNDEFINED_LENGTH);
        let value = DraftValue::Items { items, undefined_length };
        parts.push(DraftPart::New { tag: row.tag(), vr: Vr::SQ, value });
    }
    Draft { parts, byte_order: ByteOrder::Little }
}

#[test]
fn a_file_taken_apart_and_put_together_is_the_same() {
    let (mut same, mut complaints) = (0, Vec::new());
    for (name, _, file) in sound_files() {
        let stored = file.stored();
        let draft = taken_apart(&stored, stored.first, stored.end);
        let target = target_of(&file);
        let out = written(&draft, &target).unwrap();
        let whole = written(&Draft::stored(stored), &target).unwrap();
        same += usize::from(out == whole);
        // Group lengths are left out, and a sequence that was UN is one.
        let was_unknown = |row: &Row| {
            row.vr() == Vr::SQ && stored.bytes.get(row.header_offset() + 4, 2).is_none_or(|vr| vr != b"SQ")
        };
        let is_explicit = target.encoding != Encoding::IMPLICIT_LITTLE;
        let is_explained = |row: &Row| row.tag().is_group_length() || is_explicit && was_unknown(row);
        if out != whole && !file.dataset.rows().iter().any(is_explained) {
            complaints.push(format!("{name}: other bytes"));
        }
        let again = Again::read(out, target.encoding, target.character_set);
        let (a, b) = (elements(&stored), elements(&again.stored()));
        complaints.extend((a != b).then(|| format!("{name}: {}", first_difference(&a, &b))));
    }
    eprintln!("{same} the same to the byte");
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn text_in_utf_8_is_the_same_text() {
    let (mut changed, mut damaged) = (0, Vec::new());
    for (name, _, file) in sound_files() {
        let (stored, draft) = (file.stored(), as_utf_8(&file));
        let target = Target::new(stored.encoding, CharacterSet::UTF_8);
        let plan = Plan::new(&draft, &target).unwrap();
        // Bytes that are not of their character set are written as the text they were read as.
        damaged.extend((!plan.report().damaged_text.is_empty()).then(|| name.clone()));
        let mut bytes = Vec::new();
        plan.write(&mut bytes).unwrap();
        let again = Again::read(bytes, stored.encoding, CharacterSet::UTF_8);
        let root = DatasetView::root(&again.index, &again.bytes);
        for element in file.dataset().elements().filter(|element| element.vr().follows_character_set()) {
            let (old, new) = (element.value().unwrap(), root.find(element.tag()).unwrap().value().unwrap());
            changed += usize::from(old != new);
            let text = |bytes, set| -> Vec<String> {
                values(element.vr(), bytes, set).map(|value| value.text.into_owned()).collect()
            };
            let (a, b) = (text(old, stored.character_set), text(new, CharacterSet::UTF_8));
            assert!(a == b, "{name}: {}", element.tag());
        }
    }
    eprintln!("{changed} values have other bytes; damaged: {damaged:?}");
}
