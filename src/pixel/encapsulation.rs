//! Encapsulated pixel data as a value of its own (PS3.5 §A.4): taken apart into frames, and put together.

use std::borrow::Cow;

use super::fragment::{Fragment, split_fragments};
use super::frame::{Frames, Tables};
use crate::error::{Error, ErrorKind, Result};
use crate::tag::Tag;

/// The values of the Extended Offset Table and of its lengths (PS3.3 C.7.6.3.1.8).
pub type ExtendedTable<'a> = (&'a [u8], &'a [u8]);

/// Bytes of an item tag and its length.
const ITEM_HEADER: usize = 8;

/// The frames of a value of Pixel Data: which bytes are the fragments of each. `number` is Number of Frames; without
/// it the offset table tells, or there is one fragment.
///
/// # Errors
/// [`ErrorKind::OffsetTable`] when it cannot be known which fragments belong together.
pub fn encapsulated_frames(
    value: &[u8],
    number: Option<u32>,
    (extended, extended_lengths): ExtendedTable<'_>,
) -> Result<Frames> {
    let unknown = |reason: &str| Error::from(ErrorKind::OffsetTable(reason.into()));
    let mut ranges =
        split_fragments(value).ok_or_else(|| unknown("not a sequence of fragments"))?.into_iter();
    let basic = ranges.next().and_then(|range| value.get(range)).unwrap_or_default();
    let fragments = || -> Vec<Fragment> {
        let of = |range: &std::ops::Range<usize>| Fragment {
            offset: range.start as u64,
            length: range.len() as u64,
        };
        ranges.as_slice().iter().map(of).collect()
    };
    let number = match number {
        Some(number) => number,
        None if !extended.is_empty() => u32::try_from(extended.len() / 8).unwrap_or(u32::MAX),
        None if !basic.is_empty() => u32::try_from(basic.len() / 4).unwrap_or(u32::MAX),
        None if ranges.len() == 1 => 1,
        None => return Err(unknown("neither an offset table nor the number of frames is there")),
    };
    let tables = Tables { basic, extended, extended_lengths };
    let error = match Frames::of(fragments(), &tables, number) {
        Ok((frames, _)) => return Ok(frames),
        Err(error) => error,
    };
    let read = |offset: u64, length: u64| {
        let start = usize::try_from(offset).ok();
        let end = offset.checked_add(length).and_then(|end| usize::try_from(end).ok());
        let bytes = start.zip(end).and_then(|(start, end)| value.get(start..end));
        bytes.map(Cow::Borrowed).ok_or_else(|| unknown("a fragment ends outside"))
    };
    Frames::search(fragments(), number, &read)?.ok_or(error)
}

/// The numbers of the Basic Offset Table of a value of Pixel Data; `None` where the value is no sequence of fragments,
/// or the table is not one of numbers.
#[must_use]
pub fn basic_offsets(value: &[u8]) -> Option<Vec<u32>> {
    let table = split_fragments(value)?.first().cloned()?;
    let (numbers, rest) = value.get(table)?.as_chunks();
    rest.is_empty().then(|| numbers.iter().map(|number| u32::from_le_bytes(*number)).collect())
}

/// How frames are put together.
struct Plan {
    /// Offsets of frames; none without a table.
    table: Option<Vec<u32>>,
    length: usize,
    fragments_per_frame: usize,
}

/// Frames → a value of Pixel Data without the delimiter behind it: a Basic Offset Table, empty without `has_table`,
/// and for each frame so many fragments of even length.
///
/// # Errors
/// [`ErrorKind::OffsetTable`] when a frame has fewer bytes than fragments need, or a table cannot count so far.
pub fn encapsulate<F: AsRef<[u8]>>(
    frames: &[F],
    fragments_per_frame: usize,
    has_table: bool,
) -> Result<Vec<u8>> {
    let plan = Plan::new(frames, fragments_per_frame, has_table)?;
    let mut out = Vec::new();
    let no_memory = |_| ErrorKind::OutOfMemory(plan.length as u64);
    out.try_reserve_exact(plan.length).map_err(no_memory)?;
    let table: Vec<u8> = plan.table.iter().flatten().flat_map(|offset| offset.to_le_bytes()).collect();
    push_item(&mut out, &table);
    for frame in frames {
        let frame = frame.as_ref();
        let step = fragment_length(frame.len(), plan.fragments_per_frame).unwrap_or(frame.len());
        let (before, last) =
            frame.split_at_checked(step * (plan.fragments_per_frame - 1)).unwrap_or((&[], frame));
        before.chunks(step.max(1)).chain([last]).for_each(|fragment| push_item(&mut out, fragment));
    }
    Ok(out)
}

impl Plan {
    fn new<F: AsRef<[u8]>>(frames: &[F], fragments_per_frame: usize, has_table: bool) -> Result<Self> {
        let fault = |reason: String| Error::from(ErrorKind::OffsetTable(reason.into()));
        let fragments_per_frame = fragments_per_frame.max(1);
        let mut table = has_table.then(Vec::new);
        let mut at = 0_usize;
        for (number, frame) in frames.iter().enumerate() {
            let length = frame.as_ref().len();
            let Some(step) = fragment_length(length, fragments_per_frame) else {
                let reason =
                    format!("frame {number} of {length} bytes does not give {fragments_per_frame} fragments");
                return Err(fault(reason));
            };
            if u32::try_from(length - step * (fragments_per_frame - 1)).is_err() {
                return Err(fault(format!("frame {number} of {length} bytes is too long for a fragment")));
            }
            if let Some(table) = &mut table {
                let offset = u32::try_from(at).map_err(|_| {
                    fault("the frames are too long for a Basic Offset Table: use an extended one".to_owned())
                })?;
                table.push(offset);
            }
            let headers = ITEM_HEADER.saturating_mul(fragments_per_frame);
            at = at.saturating_add(headers).saturating_add(length.next_multiple_of(2));
        }
        let entries = table.as_ref().map_or(0, Vec::len);
        Ok(Self { table, length: at.saturating_add(ITEM_HEADER + 4 * entries), fragments_per_frame })
    }
}

/// Bytes of all fragments of a frame but the last, which takes the rest: even; `None` where there are too few.
fn fragment_length(frame: usize, fragments: usize) -> Option<usize> {
    let even = (frame / fragments).next_multiple_of(2);
    let is_enough = |step: usize| step.checked_mul(fragments - 1).is_some_and(|before| before < frame);
    let step = if fragments == 1 { frame } else { even };
    [Some(step), step.checked_sub(2)].into_iter().flatten().find(|step| *step > 0 && is_enough(*step))
}

fn push_item(out: &mut Vec<u8>, value: &[u8]) {
    let padding = value.len() % 2;
    let length = u32::try_from(value.len() + padding).unwrap_or(u32::MAX);
    out.extend(Tag::ITEM.group().to_le_bytes());
    out.extend(Tag::ITEM.element().to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(value);
    out.extend([0].get(..padding).unwrap_or_default());
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)] // tests may
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NONE: ExtendedTable<'_> = (&[], &[]);

    fn frame(value: &[u8], frames: &Frames, number: u32) -> Vec<u8> {
        let part = |part: &Fragment| value[part.offset as usize..][..part.length as usize].to_vec();
        frames.frame(number).iter().flat_map(part).collect()
    }

    #[test]
    fn ps3_5_a_4_items_of_even_length() {
        let value = encapsulate(&[&b"abc"[..], b"de"], 1, true).unwrap();
        let item = [0xFE, 0xFF, 0x00, 0xE0];
        let expected = [
            &item[..],
            &[8, 0, 0, 0],
            &[0, 0, 0, 0, 12, 0, 0, 0],
            &item,
            &[4, 0, 0, 0],
            b"abc\0",
            &item,
            &[2, 0, 0, 0],
            b"de",
        ];
        assert_eq!(value, expected.concat());
        assert!(encapsulate(&[&b"abc"[..]], 3, true).is_err());
        assert!(encapsulate(&[&b""[..]], 1, true).is_err());
        assert_eq!(encapsulate::<&[u8]>(&[], 1, false).unwrap().len(), 8);
    }

    #[test]
    fn the_number_of_frames_comes_from_a_table_where_it_is_not_given() {
        let frames = [&b"abcd"[..], b"efgh"];
        let value = encapsulate(&frames, 2, true).unwrap();
        let found = encapsulated_frames(&value, None, NONE).unwrap();
        assert_eq!(
            (frame(&value, &found, 0), frame(&value, &found, 1)),
            (b"abcd".to_vec(), b"efgh".to_vec())
        );
        let value = encapsulate(&frames, 1, false).unwrap();
        assert!(encapsulated_frames(&value, None, NONE).is_err());
        assert!(encapsulated_frames(&value, Some(2), NONE).is_ok());
        assert!(encapsulated_frames(b"no items", Some(2), NONE).is_err());
    }

    proptest! {
        #[test]
        fn takes_apart_what_was_put_together(
            frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 8..40), 1..5), parts in 1usize..4, table: bool,
        ) {
            let count = u32::try_from(frames.len()).unwrap();
            let parts = if table || frames.len() == 1 { parts } else { 1 };
            if let Ok(value) = encapsulate(&frames, parts, table) {
                let found = encapsulated_frames(&value, Some(count), NONE).unwrap();
                for (number, wanted) in (0..).zip(&frames) {
                    let mut wanted = wanted.clone();
                    wanted.resize(wanted.len().next_multiple_of(2), 0);
                    prop_assert_eq!(frame(&value, &found, number), wanted);
                }
            }
        }

        #[test]
        fn whatever_the_bytes_it_ends(value in prop::collection::vec(any::<u8>(), 0..200), number: Option<u32>) {
            let _ = encapsulated_frames(&value, number, (&value, &value));
        }
    }
}
