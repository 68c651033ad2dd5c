//! Files that must fail, each with the kind of fault that `tests/bad/MANIFEST.tsv` names.

// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fastdcm::file::{ReadOptions, read_memory};
use fastdcm::{Error, ErrorKind, Limits};

/// One line of the manifest.
struct Bad {
    name: String,
    read: String,
    kind: String,
    bytes: Vec<u8>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad")
}

fn manifest() -> Vec<Bad> {
    let text = fs::read_to_string(folder().join("MANIFEST.tsv")).unwrap();
    let lines = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    lines
        .map(|fields| Bad {
            name: fields[0].to_owned(),
            read: fields[1].to_owned(),
            kind: fields[2].to_owned(),
            bytes: fs::read(folder().join(fields[0])).unwrap(),
        })
        .collect()
}

fn options(read: &str) -> ReadOptions {
    let limits = match read {
        "inflated" => Limits { inflated: 16 << 20, ..Limits::DEFAULT },
        _ => Limits::DEFAULT,
    };
    ReadOptions { limits, force: read == "force", strict: read == "strict", ..ReadOptions::default() }
}

fn kind(error: &Error) -> String {
    match error.kind() {
        ErrorKind::Strict(warning) => warning.name().to_owned(),
        ErrorKind::LimitExceeded { limit, .. } => format!("LimitExceeded({limit})"),
        ErrorKind::InvalidValue(_) => "InvalidValue".to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_file_fails_with_its_kind() {
    let mut wrong = Vec::new();
    for bad in manifest() {
        let found = match read_memory(Box::new(bad.bytes), &options(&bad.read)) {
            Ok(_) => "nothing".to_owned(),
            Err(error) => kind(&error),
        };
        if found != bad.kind {
            wrong.push(format!("{}: {found} for {}", bad.name, bad.kind));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_only_odd_is_read_with_a_warning() {
    let mut wrong = Vec::new();
    for bad in manifest().into_iter().filter(|bad| bad.read == "strict") {
        let file = read_memory(Box::new(bad.bytes), &ReadOptions::default());
        let file = file.unwrap_or_else(|error| panic!("{}: {error}", bad.name));
        let found: Vec<_> = file.all_warnings().map(|warning| warning.kind.name()).collect();
        if file.dataset.is_empty() || found != [bad.kind.as_str()] {
            wrong.push(format!("{}: {found:?} for {}, {} rows", bad.name, bad.kind, file.dataset.len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_manifest_lists_every_file() {
    let listed: BTreeSet<_> = manifest().into_iter().map(|bad| bad.name).collect();
    let names =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let there: BTreeSet<_> = names
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "dcm"))
        .collect();
    assert_eq!(listed, there);
}
