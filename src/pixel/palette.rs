//! Palettes (PS3.3 C.7.6.3.1.5, C.7.9): indices become colours.

use super::description::{SampleType, fault};
use super::lookup_table::{LookupTable, LookupTableDescriptor, bytes, words};
use super::sample::{every_number, look_up, map, of_i64, whole};
use crate::dataset::ByteOrder;
use crate::error::Result;

const DISCRETE: u16 = 0;
const LINEAR: u16 = 1;
const INDIRECT: u16 = 2;

impl LookupTable {
    /// The table that segments describe (PS3.3 C.7.9.2).
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] when segments are cut or make another number of entries than the
    /// descriptor says.
    pub fn of_segments(descriptor: LookupTableDescriptor, data: &[u8], order: ByteOrder) -> Result<Self> {
        let has_words = descriptor.bits > 8;
        let units = if has_words { words(data, order) } else { bytes(data, order) };
        let mut expansion = Expansion {
            units: &units,
            unit_bytes: 1 + usize::from(has_words),
            descriptor,
            entries: Vec::new(),
        };
        expansion.run()?;
        let (made, count) = (expansion.entries.len(), descriptor.entries);
        if made != count {
            return Err(fault(descriptor.tag, format!("segments make {made} entries, not {count}")));
        }
        Ok(Self::of_entries(descriptor, expansion.entries, has_words))
    }
}

struct Expansion<'a> {
    units: &'a [u16],
    unit_bytes: usize,
    descriptor: LookupTableDescriptor,
    entries: Vec<u16>,
}

impl Expansion<'_> {
    /// Each segment takes two units at least, and none may make more entries than the descriptor says: it ends.
    fn run(&mut self) -> Result<()> {
        let mut at = 0;
        // A single unit at the end pads the value to an even length.
        while let Some(&[code, length]) = self.units.get(at..at + 2) {
            if self.entries.len() == self.descriptor.entries {
                break;
            }
            at = match code {
                INDIRECT => self.indirect(at + 2, length)?,
                _ => self.direct(at, true)?,
            };
        }
        Ok(())
    }

    /// A discrete or linear segment; gives where the next one begins.
    fn direct(&mut self, at: usize, is_first_level: bool) -> Result<usize> {
        let (code, length) = (self.unit(at)?, usize::from(self.unit(at + 1)?));
        match code {
            DISCRETE => {
                let cut = || self.fault("a segment is cut");
                let values = self.units.get(at + 2..at + 2 + length).ok_or_else(cut)?;
                self.grow(length)?;
                self.entries.extend(values);
                Ok(at + 2 + length)
            }
            LINEAR => {
                let end = self.unit(at + 2)?;
                let start =
                    *self.entries.last().ok_or_else(|| self.fault("a linear segment is the first"))?;
                self.grow(length)?;
                self.entries.extend((1..=length).map(|step| between(start, end, step, length)));
                Ok(at + 3)
            }
            INDIRECT if !is_first_level => Err(self.fault("an indirect segment points to another")),
            _ => Err(self.fault("a segment is neither discrete, linear nor indirect")),
        }
    }

    /// Segments that stand elsewhere, by the byte at which they begin; gives where the next segment begins.
    fn indirect(&mut self, at: usize, segments: u16) -> Result<usize> {
        let unit = |number: usize| self.unit(at + number).map(usize::from);
        let (offset, next) = if self.unit_bytes == 1 {
            (unit(0)? | unit(1)? << 8 | unit(2)? << 16 | unit(3)? << 24, at + 4)
        } else {
            (unit(0)? | unit(1)? << 16, at + 2)
        };
        let mut place = offset / self.unit_bytes;
        for _ in 0..segments {
            let before = self.entries.len();
            place = self.direct(place, false)?;
            // Many indirect segments that point to many empty ones would take quadratic time.
            if self.entries.len() == before {
                return Err(self.fault("an indirect segment points to an empty one"));
            }
        }
        Ok(next)
    }

    fn unit(&self, at: usize) -> Result<u16> {
        self.units.get(at).copied().ok_or_else(|| self.fault("a segment is cut"))
    }

    fn grow(&self, count: usize) -> Result<()> {
        if self.entries.len() + count <= self.descriptor.entries {
            return Ok(());
        }
        Err(self.fault("segments make more entries than the descriptor says"))
    }

    fn fault(&self, reason: &str) -> crate::Error {
        fault(self.descriptor.tag, reason.to_owned())
    }
}

/// The entry `step` of `steps` on the line from `start` to `end`, halves to the even one.
fn between(start: u16, end: u16, step: usize, steps: usize) -> u16 {
    let wide = |number: usize| of_i64(i64::try_from(number).unwrap_or(i64::MAX));
    let rise = f64::from(end) - f64::from(start);
    let value = (f64::from(start) + rise * wide(step) / wide(steps)).round_ties_even();
    u16::try_from(whole(value)).unwrap_or(end)
}

/// Red, green and blue tables, and alpha where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    tables: Vec<LookupTable>,
}

impl Palette {
    /// A palette of three or four tables, whose lengths must be equal.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] for others.
    pub fn new(tables: Vec<LookupTable>) -> Result<Self> {
        let length = tables.first().map_or(0, LookupTable::len);
        if !matches!(tables.len(), 3 | 4) || tables.iter().any(|table| table.len() != length) {
            let tag = crate::tag::Tag::new(0x0028, 0x1101);
            return Err(fault(tag, "the tables of a palette must be 3 or 4 of one length".to_owned()));
        }
        Ok(Self { tables })
    }

    /// Samples of a colour: 3, or 4 with alpha.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.tables.len()
    }

    /// Entries of all tables.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.tables.iter().map(LookupTable::len).sum()
    }

    /// True when colours come out in 16 bits: entries stood in words.
    #[must_use]
    pub fn is_of_words(&self) -> bool {
        self.tables.iter().any(LookupTable::is_of_words)
    }

    /// Writes the colours of samples into `out`, pixel by pixel: in words where the tables have them.
    pub fn apply(&self, kind: SampleType, samples: &[u8], out: &mut [u8]) {
        match (self.is_of_words(), self.samples()) {
            (false, 3) => write::<3>(kind, samples, out, |stored| self.bytes_at(stored, 0)),
            (false, _) => write::<4>(kind, samples, out, |stored| self.bytes_at(stored, 0)),
            (true, 3) => write::<6>(kind, samples, out, |stored| self.words_at(stored)),
            (true, _) => write::<8>(kind, samples, out, |stored| self.words_at(stored)),
        }
    }

    /// Writes the colours of samples into `out` as red, green, blue of 8 bits.
    ///
    /// Entries of more bits are shifted down; tables that say 16 bits and use 8 are taken as they are.
    pub fn show(&self, kind: SampleType, samples: &[u8], out: &mut [u8]) {
        let shift = self.tables.iter().take(3).map(shift_to_byte).max().unwrap_or(0);
        write::<3>(kind, samples, out, |stored| self.bytes_at(stored, shift));
    }

    fn bytes_at<const SIZE: usize>(&self, stored: f64, shift: u32) -> [u8; SIZE] {
        let mut colour = [0; SIZE];
        for (place, table) in colour.iter_mut().zip(&self.tables) {
            *place = u8::try_from(table.at(stored) >> shift).unwrap_or(u8::MAX);
        }
        colour
    }

    fn words_at<const SIZE: usize>(&self, stored: f64) -> [u8; SIZE] {
        let mut colour = [0; SIZE];
        for (place, table) in colour.as_chunks_mut().0.iter_mut().zip(&self.tables) {
            *place = table.at(stored).to_ne_bytes();
        }
        colour
    }
}

/// By a table of all colours where that is shorter than the image.
fn write<const SIZE: usize>(
    kind: SampleType,
    samples: &[u8],
    out: &mut [u8],
    colour: impl Fn(f64) -> [u8; SIZE],
) {
    match every_number(kind) {
        Some(all) if samples.len() / kind.size() > all.len() => {
            let table: Vec<_> = all.into_iter().map(colour).collect();
            look_up(samples, out, &table);
        }
        _ => map(kind, samples, out, colour),
    }
}

fn shift_to_byte(table: &LookupTable) -> u32 {
    let is_of_bytes = table.greatest() <= u8::MAX.into();
    if is_of_bytes { 0 } else { table.most().count_ones().saturating_sub(8) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tag::Tag;
    use proptest::prelude::*;

    const TAG: Tag = Tag::new(0x0028, 0x1101);

    fn expand(entries: i64, bits: i64, data: &[u8], order: ByteOrder) -> Result<Vec<u16>> {
        let table =
            LookupTable::of_segments(LookupTableDescriptor::new(TAG, &[entries, 0, bits])?, data, order)?;
        let count = if entries == 0 { 0x1_0000 } else { entries };
        Ok((0..count).map(|number| table.entry(number)).collect())
    }

    fn words_of(units: &[u16]) -> Vec<u8> {
        units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
    }

    #[test]
    fn ps3_3_c_7_9_2_segments() {
        // Discrete 0, 1, 2; linear to 10 in 4; the first two segments once more.
        let data = words_of(&[0, 3, 0, 1, 2, 1, 4, 10, 2, 2, 0, 0]);
        let expected = [0, 1, 2, 4, 6, 8, 10, 0, 1, 2, 4, 6, 8, 10];
        assert_eq!(expand(14, 16, &data, ByteOrder::Little).unwrap(), expected);
        let bytes = [0, 3, 0, 1, 2, 1, 4, 10, 2, 2, 0, 0, 0, 0];
        assert_eq!(expand(14, 8, &bytes, ByteOrder::Little).unwrap(), expected);
        let swapped: Vec<u8> = bytes.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect();
        assert_eq!(expand(14, 8, &swapped, ByteOrder::Big).unwrap(), expected);
    }

    #[test]
    fn the_offset_of_an_indirect_segment_counts_bytes() {
        // The second segment begins at unit 4, byte 8: linear, from the last entry there is.
        let data = words_of(&[0, 2, 5, 9, 1, 2, 13, 2, 1, 8, 0]);
        assert_eq!(expand(6, 16, &data, ByteOrder::Little).unwrap(), [5, 9, 11, 13, 13, 13]);
    }

    #[test]
    fn segments_that_cannot_be_are_refused() {
        let cases: [(&[u16], &str); 8] = [
            (&[1, 4, 10], "linear segment is the first"),
            (&[2, 1, 0, 0], "indirect segment points to another"),
            (&[0, 9, 1], "cut"),
            (&[3, 1, 1], "neither"),
            (&[0, 1, 1, 1, 60_000, 5], "more entries"),
            (&[0, 1, 1, 2, 1, 6, 0, 2, 1, 0, 0], "points to another"),
            (&[0, 1, 1], "make 1 entries, not 4"),
            (&[0, 0, 0, 1, 1, 2, 1, 0, 0], "points to an empty one"),
        ];
        for (units, reason) in cases {
            let error = expand(4, 16, &words_of(units), ByteOrder::Little).unwrap_err().to_string();
            assert!(error.contains(reason), "{units:?}: {error}");
        }
    }

    #[test]
    fn colours_of_indices() {
        let table = |data: &[u8], bits| {
            LookupTable::new(LookupTableDescriptor::new(TAG, &[2, 1, bits]).unwrap(), data, ByteOrder::Little)
                .unwrap()
        };
        let palette = Palette::new([[1, 2], [3, 4], [5, 6]].map(|data| table(&data, 8)).into()).unwrap();
        let mut out = [0; 9];
        palette.apply(SampleType::I8, &[0xFF, 1, 2], &mut out);
        assert_eq!(out, [1, 3, 5, 1, 3, 5, 2, 4, 6]);
        let wide = Palette::new([0, 0, 0].map(|_| table(&[0, 0, 0x12, 0xFF], 16)).into()).unwrap();
        let mut out = [0; 6];
        wide.apply(SampleType::U8, &[2], &mut out);
        assert_eq!(out, [0xFF12u16.to_ne_bytes(); 3].concat()[..]);
        wide.show(SampleType::U8, &[2, 0], &mut out);
        assert_eq!(out, [255, 255, 255, 0, 0, 0]);
        let narrow = Palette::new([0, 0, 0].map(|_| table(&[0, 0, 0x12, 0], 16)).into()).unwrap();
        narrow.show(SampleType::U8, &[2, 0], &mut out);
        assert_eq!(out, [0x12, 0x12, 0x12, 0, 0, 0]);
    }

    #[test]
    fn tables_of_other_lengths_are_no_palette() {
        let table = |entries: i64| {
            let descriptor = LookupTableDescriptor::new(TAG, &[entries, 0, 8]).unwrap();
            LookupTable::new(descriptor, &[0; 4], ByteOrder::Little).unwrap()
        };
        assert!(Palette::new(vec![table(2), table(2), table(3)]).is_err());
        assert!(Palette::new(vec![table(2), table(2)]).is_err());
        assert!(Palette::new(Vec::new()).is_err());
    }

    #[test]
    fn many_pixels_have_the_colours_that_few_have() {
        let tables = [1u16, 7, 31].map(|factor| {
            let data: Vec<u8> = (0..300u16).flat_map(|entry| (entry * factor).to_le_bytes()).collect();
            let descriptor = LookupTableDescriptor::new(TAG, &[300, -5, 16]).unwrap();
            LookupTable::new(descriptor, &data, ByteOrder::Little).unwrap()
        });
        let palette = Palette::new(tables.into()).unwrap();
        let samples: Vec<u8> =
            (0..70_000u32).flat_map(|n| (n * 7 % 400).to_ne_bytes()[..2].to_vec()).collect();
        let mut many = vec![0xA5; samples.len() * 3];
        palette.apply(SampleType::I16, &samples, &mut many);
        let mut few = vec![0x5A; samples.len() * 3];
        for (samples, out) in samples.chunks(100).zip(few.chunks_mut(300)) {
            palette.apply(SampleType::I16, samples, out);
        }
        assert!(many == few);
    }

    proptest! {
        #[test]
        fn any_segments_are_expanded_or_refused(entries in 0i64..400, bits in 1i64..17, data in prop::collection::vec(0u8..4, 0..200)) {
            if let Ok(found) = expand(entries, bits, &data, ByteOrder::Little) {
                prop_assert_eq!(Ok(found.len()), usize::try_from(if entries == 0 { 0x1_0000 } else { entries }));
            }
        }
    }
}
