//! UIDs that the standard has given out (PS3.6 Annex A).

use super::generated::codes;
use super::perfect_hash::PerfectHash;
use super::text::Text;

/// What a UID of the standard names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names are those of the column UID Type of PS3.6 Table A-1")]
pub enum UidKind {
    ApplicationContext,
    ApplicationHostingModel,
    CodingScheme,
    DicomUidsAsACodingScheme,
    LdapOid,
    MappingResource,
    MetaSopClass,
    ServiceClass,
    SopClass,
    SynchronizationFrameOfReference,
    TransferSyntax,
    WellKnownFrameOfReference,
    WellKnownSopInstance,
}

/// A row of PS3.6 Table A-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UidEntry {
    /// The UID.
    pub uid: &'static str,
    /// The name; empty for two retired UIDs.
    pub name: &'static str,
    /// The keyword; empty where there is none.
    pub keyword: &'static str,
    /// What the UID names.
    pub kind: UidKind,
    /// True when the standard has retired the UID.
    pub retired: bool,
}

/// The entry of this UID (without padding).
#[must_use]
pub fn uid(uid: &str) -> Option<UidEntry> {
    uid_entry(number_of_uid(uid)?)
}

/// The entry with this keyword.
#[must_use]
pub fn uid_for_keyword(keyword: &str) -> Option<UidEntry> {
    uid_entry(BY_KEYWORD.of_text(keyword.as_bytes())?).filter(|entry| entry.keyword == keyword)
}

/// The number of the entry of this UID. Those of transfer syntaxes come first.
pub(crate) fn number_of_uid(uid: &str) -> Option<u16> {
    let number = BY_UID.of_text(uid.as_bytes())?;
    let [a, b, c, d, ..] = *RECORDS.get(usize::from(number))?;
    (Text(u32::from_le_bytes([a, b, c, d])).as_str() == uid).then_some(number)
}

/// The entry with this number.
pub(crate) fn uid_entry(number: u16) -> Option<UidEntry> {
    let record = RECORDS.get(usize::from(number))?;
    let (texts, _) = record.as_chunks::<4>();
    let &[uid, name, keyword] = texts else { return None };
    let &[.., kind, retired] = record;
    Some(UidEntry {
        uid: Text(u32::from_le_bytes(uid)).as_str(),
        name: Text(u32::from_le_bytes(name)).as_str(),
        keyword: Text(u32::from_le_bytes(keyword)).as_str(),
        kind: *codes::UID_KINDS.get(usize::from(kind))?,
        retired: retired != 0,
    })
}

/// Bytes of a record: UID, name and keyword (u32), kind, 1 when retired.
const RECORD: usize = 14;

static BY_UID: PerfectHash<4> = PerfectHash::new(
    include_bytes!("generated/uid_displacements.bin"),
    include_bytes!("generated/uid_cells.bin"),
);
static BY_KEYWORD: PerfectHash<4> = PerfectHash::new(
    include_bytes!("generated/uid_keyword_displacements.bin"),
    include_bytes!("generated/uid_keyword_cells.bin"),
);
static RECORDS: &[[u8; RECORD]] = include_bytes!("generated/uids.bin").as_chunks().0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::table_rows;

    #[test]
    fn finds_every_uid_and_keyword() {
        for [uid_column, name, keyword, kind, retired] in table_rows(include_str!("tables/uids.tsv")) {
            let entry = uid(uid_column).unwrap();
            assert_eq!((entry.uid, entry.name, entry.keyword), (uid_column, name, keyword));
            assert_eq!(entry.retired, retired == "Y");
            let letters: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
            assert!(letters.eq_ignore_ascii_case(&format!("{:?}", entry.kind)));
            assert_eq!(uid_for_keyword(keyword), (!keyword.is_empty()).then_some(entry));
        }
    }

    #[test]
    fn misses() {
        for unknown in ["", "1", "1.2.840.10008.1.2.", "1.2.840.10008.1", "1.2.840.10008.1.2\0", "é"] {
            assert_eq!((uid(unknown), uid_for_keyword(unknown)), (None, None));
        }
    }
}
