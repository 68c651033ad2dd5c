//! Attributes (PS3.6 §6-9, PS3.7 Annex E) by tag and by keyword.

use super::generated::codes;
use super::perfect_hash::PerfectHash;
use super::text::Text;
use super::{DictionaryVr, Vm};
use crate::tag::Tag;
use crate::vr::Vr;

/// What the dictionary says of an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The keyword; empty for group lengths, private creators and the few retired tags that have none.
    pub keyword: &'static str,
    /// The name; empty for a few retired tags.
    pub name: &'static str,
    /// The VR, or the choice of VRs.
    pub vr: DictionaryVr,
    /// The VM.
    pub vm: Vm,
    /// True when the standard has retired the attribute.
    pub retired: bool,
}

/// Group Length (PS3.5 §7.2), of any group that has no entry of its own.
const GROUP_LENGTH: Attribute = Attribute {
    keyword: "",
    name: "Group Length",
    vr: DictionaryVr::One(Vr::UL),
    vm: Vm::ONE,
    retired: true,
};

/// Private Creator (PS3.5 §7.8.1).
const PRIVATE_CREATOR: Attribute = Attribute {
    keyword: "",
    name: "Private Creator",
    vr: DictionaryVr::One(Vr::LO),
    vm: Vm::ONE,
    retired: false,
};

/// The standard attribute with this tag.
///
/// A tag of a repeating group (PS3.5 §7.6) is found by its pattern; (gggg,0000) of any group is a Group Length,
/// (gggg,0010-00FF) of an odd group a Private Creator. Other private tags have none: [`super::private_attribute`] knows them.
#[must_use]
pub fn attribute(tag: Tag) -> Option<Attribute> {
    if let Some((number, _)) = find(tag) {
        return Some(Record::get(number)?.attribute());
    }
    if tag.is_group_length() {
        return Some(GROUP_LENGTH);
    }
    tag.is_private_creator().then_some(PRIVATE_CREATOR)
}

/// The VR of [`attribute`], without the rest.
#[inline]
#[must_use]
pub fn vr(tag: Tag) -> Option<DictionaryVr> {
    if let Some((_, vr)) = find(tag) {
        return Some(DictionaryVr::from_number(vr));
    }
    if tag.is_group_length() {
        return Some(GROUP_LENGTH.vr);
    }
    tag.is_private_creator().then_some(PRIVATE_CREATOR.vr)
}

/// The tag of the attribute with this keyword; of a repeating group, the first tag.
#[inline]
#[must_use]
pub fn tag_for_keyword(keyword: &[u8]) -> Option<Tag> {
    let record = Record::get(BY_KEYWORD.of_text(keyword)?)?;
    (record.keyword().as_bytes() == keyword).then(|| record.tag())
}

/// Every keyword with its tag, as [`tag_for_keyword`] knows it: in the order of tags, repeating groups last.
pub fn keywords() -> impl Iterator<Item = (&'static str, Tag)> {
    let records = RECORDS.iter().map(Record);
    records
        .filter(|record| record.flags() & REPEATED_KEYWORD == 0)
        .map(|record| (record.keyword(), record.tag()))
        .filter(|(keyword, _)| !keyword.is_empty())
}

/// Set in the tags that patterns are filed under: no standard attribute has an odd group number.
const PATTERN_BIT: u32 = 0x0001_0000;

static BY_TAG: PerfectHash<8> = PerfectHash::new(
    include_bytes!("generated/attribute_displacements.bin"),
    include_bytes!("generated/attribute_cells.bin"),
);
static BY_KEYWORD: PerfectHash<4> = PerfectHash::new(
    include_bytes!("generated/keyword_displacements.bin"),
    include_bytes!("generated/keyword_cells.bin"),
);
static RECORDS: &[[u8; RECORD]] = include_bytes!("generated/attributes.bin").as_chunks().0;

/// The numbers of the record and of the VR of a standard attribute.
#[inline]
fn find(tag: Tag) -> Option<(u16, u8)> {
    if tag.is_private() {
        return None;
    }
    find_filed(tag.0).or_else(|| find_pattern(tag))
}

#[inline]
fn find_filed(tag: u32) -> Option<(u16, u8)> {
    let &[a, b, c, d, low, high, vr, _] = BY_TAG.of_tag(tag)?;
    (u32::from_le_bytes([a, b, c, d]) == tag).then_some((u16::from_le_bytes([low, high]), vr))
}

fn find_pattern(tag: Tag) -> Option<(u16, u8)> {
    let &(_, _, fixed) = codes::FAMILIES.iter().find(|(select, value, _)| tag.0 & select == *value)?;
    if tag.is_group_length() {
        return None;
    }
    find_filed(tag.0 & fixed | PATTERN_BIT)
}

/// Bytes of a record: first tag, keyword and name (u32), VR, VM, flags, unused.
const RECORD: usize = 16;
const RETIRED: u8 = 1;
const REPEATED_KEYWORD: u8 = 2;

#[derive(Clone, Copy)]
struct Record(&'static [u8; RECORD]);

impl Record {
    fn get(number: u16) -> Option<Self> {
        RECORDS.get(usize::from(number)).map(Self)
    }

    fn tag(self) -> Tag {
        let [a, b, c, d, ..] = *self.0;
        Tag(u32::from_le_bytes([a, b, c, d]))
    }

    fn keyword(self) -> &'static str {
        let [_, _, _, _, a, b, c, d, ..] = *self.0;
        Text(u32::from_le_bytes([a, b, c, d])).as_str()
    }

    fn flags(self) -> u8 {
        let [.., flags, _] = *self.0;
        flags
    }

    fn attribute(self) -> Attribute {
        let [.., a, b, c, d, vr, vm, flags, _] = *self.0;
        Attribute {
            keyword: self.keyword(),
            name: Text(u32::from_le_bytes([a, b, c, d])).as_str(),
            vr: DictionaryVr::from_number(vr),
            vm: Vm::from_number(vm),
            retired: flags & RETIRED != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::table_rows;
    use std::collections::{HashMap, HashSet};

    fn rows() -> Vec<[&'static str; 6]> {
        table_rows(include_str!("tables/attributes.tsv"))
    }

    /// The members of a pattern with all its x the same digit.
    fn members(pattern: &str) -> impl Iterator<Item = Tag> + '_ {
        "0123456789abcdef"
            .chars()
            .map(|digit| Tag(u32::from_str_radix(&pattern.replace('x', &digit.to_string()), 16).unwrap()))
    }

    #[test]
    fn finds_every_attribute_by_tag() {
        for [tag, keyword, name, vr_column, vm, retired] in rows() {
            if tag.contains('x') {
                continue;
            }
            let tag = Tag(u32::from_str_radix(tag, 16).unwrap());
            let found = attribute(tag).unwrap();
            assert_eq!((found.keyword, found.name), (keyword, name));
            assert_eq!((found.vr.to_string(), found.vm.to_string()), (vr_column.into(), vm.into()));
            assert_eq!((found.retired, vr(tag)), (retired == "Y", Some(found.vr)), "{tag}");
        }
    }

    #[test]
    fn ps3_5_7_6_finds_every_member_of_a_repeating_group() {
        let rows = rows();
        let exact: HashSet<_> = rows.iter().map(|row| row[0]).collect();
        for &[pattern, keyword, name, vr_column, vm, _] in &rows {
            for tag in members(pattern) {
                let filed = format!("{:08x}", tag.0);
                if !pattern.contains('x') || exact.contains(filed.as_str()) || tag.is_group_length() {
                    continue;
                }
                if tag.is_private() {
                    assert_eq!(vr(tag), attribute(tag).map(|found| found.vr));
                    assert!(attribute(tag).is_none_or(|found| found == PRIVATE_CREATOR), "{tag}");
                    continue;
                }
                let found = attribute(tag).unwrap();
                assert_eq!((found.keyword, found.name), (keyword, name), "{tag}");
                assert_eq!((found.vr.to_string(), found.vm.to_string()), (vr_column.into(), vm.into()));
                assert_eq!(vr(tag), Some(found.vr));
            }
        }
    }

    #[test]
    fn finds_every_keyword() {
        let mut first = HashMap::new();
        for [tag, keyword, ..] in rows() {
            let tag_of_row = Tag(u32::from_str_radix(&tag.replace('x', "0"), 16).unwrap());
            let kept = first.entry(keyword).or_insert((tag.contains('x'), tag_of_row));
            *kept = (*kept).min((tag.contains('x'), tag_of_row));
        }
        first.remove("");
        for (keyword, (_, tag)) in &first {
            assert_eq!(tag_for_keyword(keyword.as_bytes()), Some(*tag), "{keyword}");
        }
        let listed: Vec<_> = keywords().collect();
        assert_eq!(listed.len(), first.len());
        assert!(listed.iter().all(|(keyword, tag)| first[keyword].1 == *tag));
    }

    #[test]
    fn knows_what_has_no_row() {
        assert_eq!(attribute(Tag(0x0008_0000)), Some(GROUP_LENGTH));
        assert_eq!(vr(Tag(0x1000_0000)), Some(DictionaryVr::One(Vr::UL)));
        assert_eq!(vr(Tag(0x0029_0000)), Some(DictionaryVr::One(Vr::UL)));
        assert_eq!(attribute(Tag(0x0002_0000)).unwrap().keyword, "FileMetaInformationGroupLength");
        assert_eq!(attribute(Tag(0x0029_0010)), Some(PRIVATE_CREATOR));
        assert_eq!(vr(Tag(0x0029_00FF)), Some(DictionaryVr::One(Vr::LO)));
    }

    #[test]
    fn misses() {
        for tag in [0, 0x0010_0001, 0x0029_1010, 0x6001_3000, 0x0021_3100, 0x6000_3001, 0xFFFF_FFFF] {
            assert_eq!(vr(Tag(tag)).is_some(), attribute(Tag(tag)).is_some());
            assert!(tag == 0 || attribute(Tag(tag)).is_none(), "{tag:08X}");
        }
        for keyword in ["", "x", "patientName", "PatientNam", "PatientNames", "PatientName\0", "__class__"] {
            assert_eq!(tag_for_keyword(keyword.as_bytes()), None);
        }
        assert_eq!(tag_for_keyword(&[0xFF; 300]), None);
    }

    #[test]
    fn a_row_beats_a_pattern() {
        assert_eq!(attribute(Tag(0x0028_0400)).unwrap().keyword, "TransformLabel");
        assert_eq!(attribute(Tag(0x0028_0420)).unwrap().keyword, "RowsForNthOrderCoefficients");
        assert_eq!(attribute(Tag::PIXEL_DATA).unwrap().keyword, "PixelData");
        assert_eq!(tag_for_keyword(b"OverlayData"), Some(Tag(0x6000_3000)));
        assert_eq!(tag_for_keyword(b"EscapeTriplet"), Some(Tag(0x1000_0010)));
    }

    proptest::proptest! {
        #[test]
        fn any_tag_has_one_vr(tag: u32) {
            assert_eq!(vr(Tag(tag)), attribute(Tag(tag)).map(|found| found.vr));
        }

        #[test]
        fn only_keywords_are_keywords(word in proptest::collection::vec(0_u8.., 0..80)) {
            let known = keywords().find(|(keyword, _)| keyword.as_bytes() == word);
            assert_eq!(tag_for_keyword(&word), known.map(|(_, tag)| tag));
        }
    }

    /// `cargo test --profile quick -- --ignored --nocapture lookup_times`
    #[test]
    #[ignore = "prints timings"]
    fn lookup_times() {
        let words: Vec<_> = keywords().map(|(keyword, tag)| (keyword.as_bytes().to_vec(), tag)).collect();
        let time = |name: &str, lookup: &dyn Fn(&[u8], Tag) -> bool| {
            let rounds = (0..20).map(|_| {
                let start = std::time::Instant::now();
                let found = words.iter().filter(|(word, tag)| lookup(word, *tag)).count();
                (start.elapsed().as_nanos() * 10 / words.len() as u128, found)
            });
            let (tenths, found) = rounds.min().unwrap();
            println!("{name}: {}.{} ns ({found} found)", tenths / 10, tenths % 10);
        };
        time("nothing", &|word, _| !word.is_empty());
        time("vr", &|_, tag| vr(tag).is_some());
        time("vr of a private tag", &|_, tag| vr(Tag(tag.0 | 0x0001_1000)).is_some());
        time("vr of a repeating group", &|_, tag| vr(Tag(0x6000_3000 | tag.0 & 0x001E_0000)).is_some());
        time("attribute", &|_, tag| attribute(tag).is_some_and(|found| !found.name.is_empty()));
        time("tag_for_keyword", &|word, _| tag_for_keyword(word).is_some());
        time("tag_for_keyword, no keyword", &|word, _| tag_for_keyword(&word[1..]).is_some());
    }
}
