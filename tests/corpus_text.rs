//! Every text value of the corpus: read, written again, compared.
//!
//! `FASTDCM_CORPUS` as in `corpus.rs`.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fastdcm::dataset::DatasetView;
use fastdcm::file::{ReadOptions, read_memory};
use fastdcm::value::character_set::CharacterSet;
use fastdcm::value::encode::encode_texts;
use fastdcm::value::text;
use fastdcm::vr::ValueKind;
use fastdcm::{Tag, Vr};
use serde_json::Value;

fn corpus() -> Option<PathBuf> {
    let path = std::env::var_os("FASTDCM_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"), PathBuf::from);
    path.join("MANIFEST.jsonl").is_file().then_some(path)
}

/// The names of all files.
fn names(corpus: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(corpus.join("MANIFEST.jsonl")).unwrap();
    // Lone surrogates for text that is not Unicode and NaN are Python's, not JSON; nothing here reads them.
    let row = |line: &str| -> Value {
        serde_json::from_str(&line.replace("\\ud", "?").replace("NaN", "null")).unwrap()
    };
    text.lines().map(|line| row(line)["file"].as_str().unwrap().to_owned()).collect()
}

/// Calls `see` with each text element that has a value, and the character set in force.
fn texts(dataset: DatasetView<'_>, inherited: CharacterSet, see: &mut impl FnMut(Vr, &[u8], CharacterSet)) {
    let own = dataset.find(Tag::SPECIFIC_CHARACTER_SET).and_then(|element| element.value());
    let set = own.map_or(inherited, |value| CharacterSet::from_value(value, inherited).0);
    for element in dataset.elements() {
        element.items().for_each(|item| texts(item, set, see));
        let is_text = matches!(
            element.vr().kind(),
            ValueKind::Ascii | ValueKind::Text | ValueKind::SingleText | ValueKind::SingleAscii
        );
        if let Some(value) = element.value().filter(|value| is_text && !value.is_empty()) {
            see(element.vr(), value, set);
        }
    }
}

/// Sound texts that are not written byte for byte as they were: file, VR, number of elements, what the writer did.
const OTHERWISE: &[(&str, Vr, usize, &str)] = &[
    ("chrSQEncoding.dcm", Vr::PN, 1, "ends with ASCII where value 1 is JIS X 0201"),
    ("charset-ISO_2022_IR_13+ISO_2022_IR_87.dcm", Vr::LT, 1, "designates what value 1 has"),
    (
        "charset-ISO_2022_IR_100+ISO_2022_IR_144.dcm",
        Vr::LO,
        1,
        "designates what value 1 has, does not go back",
    ),
    ("charset-ISO_2022_IR_100+ISO_2022_IR_144.dcm", Vr::PN, 1, "does not go back to value 1 at the end"),
    (
        "charset-ISO_2022_IR_100+ISO_2022_IR_144.dcm",
        Vr::LT,
        1,
        "designates what value 1 has, does not go back",
    ),
    (
        "charset-ISO_2022_IR_6+ISO_2022_IR_166.dcm",
        Vr::LO,
        1,
        "designates before the first character of the set",
    ),
];

#[test]
fn what_is_read_is_written_as_it_was() {
    let Some(folder) = corpus() else {
        return eprintln!("NOT TESTED: no corpus (FASTDCM_CORPUS)");
    };
    let (mut equal, mut faulty) = (0, 0);
    let mut otherwise: BTreeMap<(String, Vr), usize> = BTreeMap::new();
    for name in names(&folder) {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        let options = ReadOptions { force: true, ..ReadOptions::default() };
        let Ok(file) = read_memory(Box::new(bytes), &options) else { continue };
        let last = name.rsplit('/').next().unwrap();
        texts(file.dataset(), CharacterSet::DEFAULT, &mut |vr, value, set| {
            let raw: Vec<&[u8]> = text::raw_values(vr, value, set).collect();
            let own = text::character_set(vr, set);
            let read: Vec<_> = raw.iter().map(|value| own.decode(value, text::rules(vr))).collect();
            let written = encode_texts(vr, read.iter().map(|value| value.text.as_ref()), set);
            if read.iter().any(|value| value.fault.is_some()) {
                faulty += 1;
                // Refused, or written so that it is sound now.
                let Ok(bytes) = written else { return };
                let again = text::raw_values(vr, &bytes, set).map(|value| own.decode(value, text::rules(vr)));
                for (again, before) in again.zip(&read) {
                    assert_eq!((again.fault, &again.text), (None, &before.text), "{name}");
                }
                return;
            }
            let written = written.unwrap_or_else(|fault| panic!("{name}: {vr}: {fault}"));
            if written == raw.join(&b'\\') {
                equal += 1;
                return;
            }
            *otherwise.entry((last.to_owned(), vr)).or_default() += 1;
            let again = text::raw_values(vr, &written, set).map(|value| own.decode(value, text::rules(vr)));
            assert!(again.eq(read), "{name}: {vr} is read otherwise");
        });
    }
    eprintln!("{equal} texts written as they were, {faulty} faulty ones");
    let expected = OTHERWISE.iter().map(|(file, vr, count, _)| (((*file).to_owned(), *vr), *count)).collect();
    assert_eq!(otherwise, expected);
    assert!(equal > 80_000, "{equal}");
}
