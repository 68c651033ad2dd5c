//! Frames of encapsulated pixel data as byte ranges, found without decoding (PS3.5 §A.4).

use std::borrow::Cow;

use super::attributes::{Attributes, EXTENDED_OFFSET_TABLE, EXTENDED_OFFSET_TABLE_LENGTHS};
use super::description::ImageDescription;
use super::fragment::{self, Fragment};
use super::{offset_table, search};
use crate::dataset::ElementView;
use crate::error::{Error, ErrorKind, Result, TagPath, WarningKind};

/// The values of the tables that say where frames begin; empty where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tables<'a> {
    /// The first item of the pixel data.
    pub(super) basic: &'a [u8],
    /// (7FE0,0001)
    pub(super) extended: &'a [u8],
    /// (7FE0,0002)
    pub(super) extended_lengths: &'a [u8],
}

/// Which fragments make up which frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames {
    fragments: Vec<Fragment>,
    grouping: Grouping,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Grouping {
    /// All fragments are one frame.
    All,
    /// Each fragment is a frame.
    Each,
    /// All fragments are those of the frame with this number, and others are not known.
    Only(u32),
    /// The first fragment of each frame.
    Starts(Vec<u32>),
}

impl Frames {
    /// Finds the frames; true when a table contradicts the fragments and was not needed.
    ///
    /// # Errors
    /// [`ErrorKind::OffsetTable`] when it cannot be known which fragments belong together.
    pub(super) fn of(fragments: Vec<Fragment>, tables: &Tables<'_>, frames: u32) -> Result<(Self, bool)> {
        if fragments.len() < frames as usize {
            let counts = format!("{} fragments for {frames} frames", fragments.len());
            return Err(ErrorKind::OffsetTable(counts.into()).into());
        }
        let mut contradiction = false;
        if !tables.extended.is_empty() {
            if let Some(found) = by_extended_table(&fragments, tables, frames) {
                return Ok((found, false));
            }
            contradiction = true;
        }
        if !tables.basic.is_empty() {
            if let Some(found) = by_basic_table(&fragments, tables, frames) {
                return Ok((found, contradiction));
            }
            contradiction = true;
        }
        if let Some(grouping) = without_table(&fragments, frames) {
            return Ok((Self { fragments, grouping }, contradiction));
        }
        let which =
            if contradiction { "the offset table contradicts them" } else { "there is no offset table" };
        let reason = format!("{} fragments for {frames} frames, and {which}", fragments.len());
        Err(ErrorKind::OffsetTable(reason.into()).into())
    }

    /// Finds the frames by the begins and ends of their codestreams, where no table tells them.
    ///
    /// # Errors
    /// What `read` gives.
    pub(super) fn search(
        fragments: Vec<Fragment>,
        frames: u32,
        read: search::Read<'_, '_>,
    ) -> Result<Option<Self>> {
        if fragments.len() < frames as usize {
            let found = search::frames_in(&fragments, frames, read)?;
            return Ok(found.map(|fragments| Self { fragments, grouping: Grouping::Each }));
        }
        let starts = search::first_fragments(&fragments, frames, read)?;
        Ok(starts.map(|starts| Self { fragments, grouping: Grouping::Starts(starts) }))
    }

    /// The frames that a cut file still has, the last one perhaps in part; `None` where none is missing, or none is there.
    pub(super) fn of_cut(fragments: Vec<Fragment>, tables: &Tables<'_>, frames: u32) -> Option<Self> {
        let last = fragments.last()?.item();
        let base = fragments.first()?.item();
        let mut offsets = offset_table::basic(tables.basic)?;
        let said = offsets.len();
        offsets.retain(|offset| base.saturating_add(*offset) <= last);
        let (count, grouping) = match said {
            0 => (fragments.len(), Grouping::Each),
            _ => (offsets.len(), Grouping::Starts(offset_table::first_fragments(&offsets, &fragments)?)),
        };
        (count < frames as usize).then_some(Self { fragments, grouping })
    }

    /// The fragments of one frame, where no other is wanted.
    pub(super) const fn only(number: u32, fragments: Vec<Fragment>) -> Self {
        Self { fragments, grouping: Grouping::Only(number) }
    }

    /// Each fragment is a frame.
    pub(super) const fn each(fragments: Vec<Fragment>) -> Self {
        Self { fragments, grouping: Grouping::Each }
    }

    /// The fragments of a frame; none where there is no such frame.
    #[must_use]
    pub fn frame(&self, number: u32) -> &[Fragment] {
        let number = number as usize;
        let range = match &self.grouping {
            Grouping::All if number == 0 => 0..self.fragments.len(),
            Grouping::Only(only) if *only as usize == number => 0..self.fragments.len(),
            Grouping::All | Grouping::Only(_) => 0..0,
            Grouping::Each => number..number.saturating_add(1),
            Grouping::Starts(starts) => {
                let Some(start) = starts.get(number) else { return &[] };
                *start as usize
                    ..starts.get(number.saturating_add(1)).map_or(self.fragments.len(), |end| *end as usize)
            }
        };
        self.fragments.get(range).unwrap_or_default()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        let count = match &self.grouping {
            Grouping::All | Grouping::Only(_) => 1,
            Grouping::Each => self.fragments.len(),
            Grouping::Starts(starts) => starts.len(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How many fragments are known.
    pub(crate) fn fragment_count(&self) -> usize {
        self.fragments.len()
    }

    /// Encoded bytes of a frame.
    #[must_use]
    pub fn frame_length(&self, number: u32) -> u64 {
        self.frame(number).iter().map(|fragment| fragment.length).fold(0, u64::saturating_add)
    }
}

/// The frames of encapsulated pixel data, and why not all of them are there, where some are missing at the end.
///
/// # Errors
/// Those of [`Frames::of`]; what the source gives.
pub(super) fn frames_of<'a>(
    attributes: &mut Attributes<'a>,
    element: &ElementView<'a>,
    description: &ImageDescription,
) -> Result<(Frames, Option<Error>)> {
    let value =
        |tag| attributes.get(tag).map_or(Ok(Cow::Borrowed(&[][..])), |found| attributes.value(&found));
    let extended = value(EXTENDED_OFFSET_TABLE)?;
    let extended_lengths = value(EXTENDED_OFFSET_TABLE_LENGTHS)?;
    let (table, fragments) = fragment::fragments(element);
    let basic =
        table.map_or(Ok(Cow::Borrowed(&[][..])), |item| attributes.bytes(item.offset, item.length))?;
    let tables = Tables { basic: &basic, extended: &extended, extended_lengths: &extended_lengths };
    let number = description.number_of_frames();
    let located = |error: Error| error.at(element.row().header_offset()).of(TagPath::root(element.tag()));
    let (frames, is_ignored) = match Frames::of(fragments, &tables, number) {
        Ok(found) => found,
        Err(error) => {
            let (_, fragments) = fragment::fragments(element);
            let found =
                Frames::search(fragments, number, &|offset, length| attributes.bytes(offset, length))?;
            let has_table = !basic.is_empty() || !extended.is_empty();
            let Some(found) = found.map(|frames| (frames, has_table)) else {
                let (_, fragments) = fragment::fragments(element);
                let cut = Frames::of_cut(fragments, &tables, number);
                let error = located(error);
                return cut.map(|frames| (frames, Some(error.clone()))).ok_or(error);
            };
            attributes.warn(WarningKind::FramesSearched, element);
            found
        }
    };
    if is_ignored {
        attributes.warn(WarningKind::OffsetTableIgnored, element);
    }
    Ok((frames, None))
}

fn without_table(fragments: &[Fragment], frames: u32) -> Option<Grouping> {
    match frames {
        1 if !fragments.is_empty() => Some(Grouping::All),
        _ if fragments.len() == frames as usize => Some(Grouping::Each),
        _ => None,
    }
}

/// By the Extended Offset Table: a fragment a frame, and lengths without padding (PS3.3 C.7.6.3.1.8).
fn by_extended_table(fragments: &[Fragment], tables: &Tables<'_>, frames: u32) -> Option<Frames> {
    let offsets = offset_table::extended(tables.extended)?;
    let lengths = offset_table::extended(tables.extended_lengths)?;
    let frames = frames as usize;
    (offsets.len() == frames && lengths.len() == frames && fragments.len() == frames).then_some(())?;
    // As many as there are fragments, each the item of one: then each is that of its own.
    offset_table::first_fragments(&offsets, fragments)?;
    let trimmed = fragments
        .iter()
        .zip(lengths)
        .map(|(fragment, length)| (length <= fragment.length).then_some(Fragment { length, ..*fragment }));
    Some(Frames { fragments: trimmed.collect::<Option<_>>()?, grouping: Grouping::Each })
}

fn by_basic_table(fragments: &[Fragment], tables: &Tables<'_>, frames: u32) -> Option<Frames> {
    let offsets = offset_table::basic(tables.basic)?;
    (offsets.len() == frames as usize).then_some(())?;
    let starts = offset_table::first_fragments(&offsets, fragments)?;
    Some(Frames { fragments: fragments.to_vec(), grouping: Grouping::Starts(starts) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fragments of two bytes each.
    fn two_bytes_each(count: u64) -> Vec<Fragment> {
        (0..count).map(|i| Fragment { offset: 108 + 10 * i, length: 2 }).collect()
    }

    fn numbers<const N: usize>(values: &[u64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()[..N].to_vec()).collect()
    }

    fn grouped(found: &Frames, frames: u32) -> Vec<usize> {
        (0..frames).map(|number| found.frame(number).len()).collect()
    }

    #[test]
    fn ps3_5_a_4_without_a_table() {
        let none = Tables::default();
        let (found, ignored) = Frames::of(two_bytes_each(3), &none, 3).unwrap();
        assert_eq!((grouped(&found, 4), ignored), (vec![1, 1, 1, 0], false));
        assert_eq!(found.frame(1), [Fragment { offset: 118, length: 2 }]);
        let (found, _) = Frames::of(two_bytes_each(3), &none, 1).unwrap();
        assert_eq!((grouped(&found, 2), found.frame_length(0)), (vec![3, 0], 6));
        for (fragments, frames) in [(3, 2), (2, 3), (0, 1), (0, 2)] {
            let error = Frames::of(two_bytes_each(fragments), &none, frames).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{fragments} fragments for {frames} frames")), "{error}");
        }
    }

    #[test]
    fn ps3_5_a_4_basic_offset_table() {
        let basic = numbers::<4>(&[0, 20]);
        let tables = Tables { basic: &basic, ..Tables::default() };
        let (found, ignored) = Frames::of(two_bytes_each(5), &tables, 2).unwrap();
        assert_eq!((grouped(&found, 3), ignored), (vec![2, 3, 0], false));
    }

    #[test]
    fn of_a_cut_file_the_first_frames_are_there() {
        let cut = |basic: &[u64], frames| {
            let basic = numbers::<4>(basic);
            let tables = Tables { basic: &basic, ..Tables::default() };
            Frames::of_cut(two_bytes_each(3), &tables, frames)
        };
        assert_eq!(grouped(&cut(&[], 5).unwrap(), 5), [1, 1, 1, 0, 0]);
        assert_eq!(grouped(&cut(&[0, 20, 40, 60], 4).unwrap(), 4), [2, 1, 0, 0]);
        assert_eq!(cut(&[], 3), None);
        assert_eq!(cut(&[0, 10, 20], 3), None);
        assert_eq!(cut(&[0, 11, 40], 3), None);
        assert_eq!(Frames::of_cut(Vec::new(), &Tables::default(), 3), None);
    }

    #[test]
    fn a_table_that_contradicts_is_ignored_where_fragments_suffice() {
        let bad =
            [numbers::<4>(&[0, 11]), numbers::<4>(&[0, 0]), vec![0; 6], numbers::<4>(&[0]), vec![255; 8]];
        for basic in bad {
            let tables = Tables { basic: &basic, ..Tables::default() };
            let (found, ignored) = Frames::of(two_bytes_each(2), &tables, 2).unwrap();
            assert_eq!((grouped(&found, 2), ignored), (vec![1, 1], true));
            assert!(Frames::of(two_bytes_each(3), &tables, 2).is_err());
        }
    }

    #[test]
    fn ps3_3_c_7_6_3_1_8_extended_offset_table() {
        let extended = numbers::<8>(&[0, 10]);
        let extended_lengths = numbers::<8>(&[1, 2]);
        let tables = Tables { basic: &[], extended: &extended, extended_lengths: &extended_lengths };
        let (found, ignored) = Frames::of(two_bytes_each(2), &tables, 2).unwrap();
        assert_eq!((found.frame_length(0), found.frame_length(1), ignored), (1, 2, false));
        let bad = [[0, 1 << 63], [0, 12], [10, 0]];
        for offsets in bad.map(|offsets| numbers::<8>(&offsets)) {
            let tables = Tables { extended: &offsets, ..tables };
            let (found, ignored) = Frames::of(two_bytes_each(2), &tables, 2).unwrap();
            assert_eq!((found.frame_length(0), ignored), (2, true));
        }
        let lengths = numbers::<8>(&[3, 2]);
        let tables = Tables { extended_lengths: &lengths, ..tables };
        assert!(Frames::of(two_bytes_each(2), &tables, 2).unwrap().1);
    }

    #[test]
    fn a_million_empty_fragments_take_linear_time() {
        let fragments: Vec<_> = (0..1_000_000).map(|i| Fragment { offset: 108 + 8 * i, length: 0 }).collect();
        let offsets: Vec<u64> = (0..1_000_000).map(|i| 8 * i).collect();
        let basic = numbers::<4>(&offsets);
        let tables = Tables { basic: &basic, ..Tables::default() };
        let (found, _) = Frames::of(fragments, &tables, 1_000_000).unwrap();
        assert_eq!(found.frame(999_999).len(), 1);
    }
}
