//! A process that is killed while it patches a file, at any moment: the file has the old values or the new ones.
#![cfg(unix)]
// Tests may panic and cast: that is how they fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::cast_possible_truncation, clippy::print_stdout)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fastdcm::Tag;
use fastdcm::dataset::Row;
use fastdcm::file::{ReadOptions, Recovery, Replacement, patch, read_memory, recover};
use fastdcm::sink::Durability;
use support::*;

const TAGS: [Tag; 3] = [Tag(0x0010_0010), Tag(0x0010_0020), Tag(0x0042_0011)];
const LENGTH: usize = 200_000;

fn bytes(letter: u8) -> Vec<u8> {
    let text = vec![letter; 60];
    let dataset = [
        explicit(TAGS[0].0, "PN", &text),
        explicit(TAGS[1].0, "LO", &text),
        explicit(TAGS[2].0, "OB", &vec![letter; LENGTH]),
    ];
    file("1.2.840.10008.1.2.1", &dataset.concat())
}

fn rows(path: &Path) -> Vec<Row> {
    let file = read_memory(Box::new(std::fs::read(path).unwrap()), &ReadOptions::default()).unwrap();
    file.dataset.rows().to_vec()
}

/// Patches for ever; only the other test starts it.
#[test]
#[ignore = "is killed"]
fn child() {
    let Some(path) = std::env::var_os("FASTDCM_PATCHED").map(PathBuf::from) else { return };
    let rows = rows(&path);
    for letter in (b'A'..=b'Z').cycle() {
        let value = vec![letter; LENGTH];
        let values: Vec<_> = rows
            .iter()
            .map(|row| Replacement { row: *row, value: &value[..usize::try_from(row.length()).unwrap()] })
            .collect();
        patch(&path, &values, Durability::Full).unwrap();
    }
}

#[test]
fn a_killed_process_leaves_old_or_new_values() {
    let folder = std::env::temp_dir().join(format!("fastdcm-{}-killed", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("a.dcm");
    std::fs::write(&path, bytes(b'A')).unwrap();
    let (mut rolled_back, mut letters) = (0, std::collections::BTreeSet::new());
    for round in 0..20_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "child"])
            .env("FASTDCM_PATCHED", &path)
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(20_000 + round * 1_370));
        child.kill().unwrap();
        child.wait().unwrap();
        let recovery = recover(&path).unwrap();
        rolled_back += usize::from(recovery == Recovery::RolledBack);
        let content = std::fs::read(&path).unwrap();
        let letter = content[content.len() - 1];
        letters.insert(letter);
        assert!(content == bytes(letter), "round {round}: neither old nor new, {recovery:?}");
        assert_eq!(recover(&path).unwrap(), Recovery::Nothing);
    }
    std::fs::remove_dir_all(&folder).unwrap();
    println!("{rolled_back} rolled back, {} values", letters.len());
}
