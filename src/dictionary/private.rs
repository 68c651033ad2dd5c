//! Attributes of private creators (PS3.5 §7.8), as far as vendors or users have made them known.

use super::perfect_hash::PerfectHash;
use super::text::Text;
use super::{DictionaryVr, Vm};
use crate::tag::Tag;

/// What is known of a private attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateAttribute {
    /// The vendor's label, or `Unknown`.
    pub name: &'static str,
    /// The VR, or the choice of VRs.
    pub vr: DictionaryVr,
    /// The VM.
    pub vm: Vm,
}

/// The attribute of `creator` (without padding) with this tag, whatever block it has reserved.
///
/// A few creators use several blocks with different meanings: what is known of the tag's very block counts first.
#[must_use]
pub fn private_attribute(creator: &str, tag: Tag) -> Option<PrivateAttribute> {
    let records = records_of(creator)?;
    let group = tag.0 & 0xFFFF_0000;
    let element = tag.0 & 0xFF;
    let any_block = group | ANY_BLOCK | element;
    let any_group = group & 0xFF00_0000 | ANY_GROUP | element;
    let record = [tag.0, any_block, any_group].into_iter().find_map(|key| find(records, key))?;
    let [_, _, _, _, a, b, c, d, vr, vm] = *record;
    Some(PrivateAttribute {
        name: Text(u32::from_le_bytes([a, b, c, d])).as_str(),
        vr: DictionaryVr::from_number(vr),
        vm: Vm::from_number(vm),
    })
}

/// In place of the block number, in rows that hold for every block: no block has these numbers.
const ANY_BLOCK: u32 = 0x0100;
/// The same, in rows that hold for all groups with the same high byte.
const ANY_GROUP: u32 = 0x0200;

/// Bytes of a record: key and name (u32), VR, VM.
const RECORD: usize = 10;
/// Bytes of a creator: name (u32), its first record and their number (u16).
const CREATOR: usize = 8;

static BY_CREATOR: PerfectHash<4> = PerfectHash::new(
    include_bytes!("generated/private_creator_displacements.bin"),
    include_bytes!("generated/private_creator_cells.bin"),
);
static CREATORS: &[[u8; CREATOR]] = include_bytes!("generated/private_creators.bin").as_chunks().0;
static RECORDS: &[[u8; RECORD]] = include_bytes!("generated/private_attributes.bin").as_chunks().0;

fn records_of(creator: &str) -> Option<&'static [[u8; RECORD]]> {
    let number = BY_CREATOR.of_text(creator.as_bytes())?;
    let &[a, b, c, d, first_low, first_high, low, high] = CREATORS.get(usize::from(number))?;
    if Text(u32::from_le_bytes([a, b, c, d])).as_str() != creator {
        return None;
    }
    let first = usize::from(u16::from_le_bytes([first_low, first_high]));
    RECORDS.get(first..first + usize::from(u16::from_le_bytes([low, high])))
}

fn find(records: &'static [[u8; RECORD]], key: u32) -> Option<&'static [u8; RECORD]> {
    let key_of = |&[a, b, c, d, ..]: &[u8; RECORD]| u32::from_le_bytes([a, b, c, d]);
    records.get(records.binary_search_by_key(&key, key_of).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::table_rows;
    use crate::vr::Vr;
    use std::collections::HashSet;
    use std::sync::LazyLock;

    static ROWS: LazyLock<Vec<[&str; 5]>> =
        LazyLock::new(|| table_rows(include_str!("tables/private_attributes.tsv")));

    fn assert_row(row: &[&str; 5], tag: Tag) {
        let [creator, _, vr, vm, name] = *row;
        let found = private_attribute(creator, tag).unwrap();
        assert_eq!(
            (found.name, found.vr.to_string(), found.vm.to_string()),
            (name, vr.into(), vm.into()),
            "{row:?}"
        );
    }

    fn tag(hex: &str) -> Tag {
        Tag(u32::from_str_radix(hex, 16).unwrap())
    }

    #[test]
    fn finds_every_row_in_a_block_of_any_number() {
        let known: HashSet<_> = ROWS.iter().map(|row| (row[0], row[1].to_string())).collect();
        for row in ROWS.iter() {
            let pattern = row[1];
            let (group, element) = (&pattern[..4], &pattern[6..]);
            if let Some(high) = group.strip_suffix("xx") {
                assert_row(row, tag(&format!("{high}2d13{element}")));
                assert_row(row, tag(&format!("{high}fdff{element}")));
            } else if pattern.contains("xx") {
                // Blocks that no row of these dictionaries names.
                assert_row(row, tag(&format!("{group}2b{element}")));
                assert_row(row, tag(&format!("{group}ff{element}")));
            } else if tag(pattern).element() >= 0x1000 {
                assert_row(row, tag(pattern));
            } else if !known.contains(&(row[0], format!("{group}xx{element}"))) {
                assert!(private_attribute(row[0], tag(&format!("{group}10{element}"))).is_some());
            }
        }
    }

    #[test]
    fn ps3_5_7_8_1_block_number_does_not_matter() {
        let b_value = private_attribute("SIEMENS MR HEADER", tag("0019100c")).unwrap();
        assert_eq!((b_value.vr, b_value.vm), (DictionaryVr::One(Vr::IS), Vm::ONE));
        assert_eq!(private_attribute("SIEMENS MR HEADER", tag("0019ab0c")), Some(b_value));
        assert_ne!(
            private_attribute("PHILIPS MR/PART", tag("00191100")),
            private_attribute("PHILIPS MR/PART", tag("00191000"))
        );
    }

    #[test]
    fn misses() {
        assert_eq!(private_attribute("", tag("00191000")), None);
        assert_eq!(private_attribute("NOBODY", tag("00191000")), None);
        assert_eq!(private_attribute("SIEMENS MR HEADER ", tag("0019100c")), None);
        assert_eq!(private_attribute("SIEMENS MR HEADER", tag("001b100c")), None);
        assert_eq!(private_attribute("SIEMENS MR HEADER", tag("00191003")), None);
    }

    proptest::proptest! {
        #[test]
        fn takes_any_creator_and_tag(creator: String, row in 0_usize..17_000, tag: u32) {
            assert_eq!(private_attribute(&creator, Tag(tag)), None);
            let [creator, pattern, ..] = ROWS[row];
            let found = private_attribute(creator, Tag(tag));
            assert!(found.is_none_or(|found| !found.name.is_empty()), "{creator} {pattern}");
        }
    }

    /// `cargo test --profile quick -- --ignored --nocapture lookup_times`
    #[test]
    #[ignore = "prints timings"]
    fn lookup_times() {
        let asked: Vec<_> = ROWS.iter().map(|row| (row[0], tag(&row[1].replace('x', "1")))).collect();
        let rounds = (0..20).map(|_| {
            let start = std::time::Instant::now();
            let found = asked.iter().filter_map(|(creator, tag)| private_attribute(creator, *tag)).count();
            (start.elapsed().as_nanos() / asked.len() as u128, found)
        });
        let (time, found) = rounds.min().unwrap();
        println!("private_attribute: {time} ns ({found} found)");
    }
}
