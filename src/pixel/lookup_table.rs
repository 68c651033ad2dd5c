//! Look-up tables (PS3.3 C.11.1.1, C.11.2.1.1, C.7.6.3.1.5).

use super::description::fault;
use super::sample::{of_i64, whole};
use crate::dataset::ByteOrder;
use crate::error::Result;
use crate::tag::Tag;

/// What a descriptor says: number of entries, first value mapped, bits of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookupTableDescriptor {
    /// Entries, 1 to 65,536.
    pub entries: usize,
    /// The value that the first entry is for.
    pub first: i64,
    /// Bits of an entry, 1 to 16.
    pub bits: u8,
    /// The descriptor itself, for messages.
    pub tag: Tag,
}

impl LookupTableDescriptor {
    /// Checks the three numbers of a descriptor. 65,536 entries are written as 0, or as negative numbers in SS.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] for more or fewer than three numbers and for those that cannot be.
    pub fn new(tag: Tag, numbers: &[i64]) -> Result<Self> {
        let &[entries, first, bits] = numbers else {
            return Err(fault(
                tag,
                format!("a look-up table descriptor has 3 numbers, here are {}", numbers.len()),
            ));
        };
        let unsigned = |number: i64| if number < 0 { number + 0x1_0000 } else { number };
        let entries = match unsigned(entries) {
            0 => Some(0x1_0000),
            count => usize::try_from(count).ok().filter(|count| *count <= 0x1_0000),
        };
        let entries = entries.ok_or_else(|| fault(tag, "no number of entries: 0 to 65535".to_owned()))?;
        let bits = u8::try_from(bits).ok().filter(|bits| (1..=16).contains(bits));
        let bits = bits.ok_or_else(|| fault(tag, "bits of an entry must be 1 to 16".to_owned()))?;
        if !(-0x1_0000..=0x1_0000).contains(&first) {
            return Err(fault(tag, "no first value mapped: 16 bits".to_owned()));
        }
        Ok(Self { entries, first, bits, tag })
    }
}

/// A look-up table: values before the first entry have the first, values behind the last have the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupTable {
    first: i64,
    entries: Vec<u16>,
    bits: u8,
    is_of_words: bool,
}

impl LookupTable {
    /// The table whose entries stand in `data`: in words, or in bytes where they have at most 8 bits and the length
    /// says so. A word of bytes has the first in its low half.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::PixelData`] when there are fewer entries than the descriptor says.
    pub fn new(descriptor: LookupTableDescriptor, data: &[u8], order: ByteOrder) -> Result<Self> {
        let LookupTableDescriptor { entries: count, bits, tag, .. } = descriptor;
        let is_of_words = data.len() / 2 >= count;
        if !is_of_words && (bits > 8 || data.len() < count) {
            let unit = if bits > 8 { 2 } else { 1 };
            let reason = format!("{} bytes of look-up table data, {} are needed", data.len(), count * unit);
            return Err(fault(tag, reason));
        }
        let entries = if is_of_words { words(data, order) } else { bytes(data, order) };
        Ok(Self::of_entries(descriptor, entries.into_iter().take(count).collect(), is_of_words))
    }

    /// The table of these entries. More bits than the descriptor says are kept: writers forget to count them.
    pub(super) fn of_entries(
        descriptor: LookupTableDescriptor,
        entries: Vec<u16>,
        is_of_words: bool,
    ) -> Self {
        let most = entries.iter().fold(0, |all, entry| all | entry);
        let needed = u8::try_from(u16::BITS - most.leading_zeros()).unwrap_or(16);
        Self { first: descriptor.first, entries, bits: descriptor.bits.max(needed), is_of_words }
    }

    /// The entry for a value.
    #[must_use]
    pub fn at(&self, value: f64) -> u16 {
        self.entry(whole((value - of_i64(self.first)).floor()))
    }

    /// The entry of this zero-based number, or the nearest.
    #[must_use]
    pub fn entry(&self, number: i64) -> u16 {
        let number = usize::try_from(number.max(0)).unwrap_or(usize::MAX);
        self.entries.get(number).or(self.entries.last()).copied().unwrap_or(0)
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True without any entry; no table that was read is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value that the first entry is for.
    #[must_use]
    pub const fn first(&self) -> i64 {
        self.first
    }

    /// The greatest entry that its bits allow.
    #[must_use]
    pub const fn most(&self) -> u16 {
        u16::MAX >> (16 - self.bits)
    }

    /// The greatest entry there is.
    #[must_use]
    pub fn greatest(&self) -> u16 {
        self.entries.iter().copied().max().unwrap_or(0)
    }

    /// True where each entry stood in a word of its own.
    #[must_use]
    pub const fn is_of_words(&self) -> bool {
        self.is_of_words
    }
}

/// Words in the byte order of this machine.
pub(super) fn words(data: &[u8], order: ByteOrder) -> Vec<u16> {
    data.as_chunks().0.iter().map(|word| order.u16(*word)).collect()
}

/// Bytes of words, the low one first (PS3.5 §7.3: OW is swapped in big endian).
pub(super) fn bytes(data: &[u8], order: ByteOrder) -> Vec<u16> {
    let (pairs, last) = data.as_chunks::<2>();
    let in_order = |&[first, second]: &[u8; 2]| match order {
        ByteOrder::Little => [first.into(), second.into()],
        ByteOrder::Big => [second.into(), first.into()],
    };
    pairs.iter().flat_map(in_order).chain(last.iter().copied().map(u16::from)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAG: Tag = Tag::new(0x0028, 0x3002);

    fn table(numbers: [i64; 3], data: &[u8], order: ByteOrder) -> Result<LookupTable> {
        LookupTable::new(LookupTableDescriptor::new(TAG, &numbers)?, data, order)
    }

    #[test]
    fn values_outside_have_the_first_and_the_last_entry() {
        let table = table([3, -1, 16], &[1, 0, 2, 0, 3, 0], ByteOrder::Little).unwrap();
        let values = [-9.0, -1.0, -0.5, 0.0, 1.0, 1.9, 2.0, 1e30, f64::NEG_INFINITY, f64::NAN];
        assert_eq!(values.map(|value| table.at(value)), [1, 1, 1, 2, 3, 3, 3, 3, 1, 1]);
    }

    #[test]
    fn zero_entries_are_65536() {
        let data: Vec<u8> = (0..=u16::MAX).rev().flat_map(u16::to_le_bytes).collect();
        let table = table([0, 0, 16], &data, ByteOrder::Little).unwrap();
        assert_eq!((table.len(), table.at(0.0), table.at(65_535.0)), (65_536, u16::MAX, 0));
    }

    #[test]
    fn entries_of_8_bits_stand_in_bytes_or_words() {
        let packed = table([3, 0, 8], &[1, 2, 3, 0], ByteOrder::Little).unwrap();
        let swapped = table([3, 0, 8], &[2, 1, 0, 3], ByteOrder::Big).unwrap();
        let words = table([3, 0, 8], &[1, 0, 2, 0, 3, 0], ByteOrder::Little).unwrap();
        assert_eq!(packed, swapped);
        assert_eq!((packed.is_of_words(), words.is_of_words()), (false, true));
        assert_eq!(packed.entries, words.entries);
    }

    #[test]
    fn more_bits_than_said_are_counted() {
        let table = table([2, 0, 8], &[1, 0, 0, 2], ByteOrder::Little).unwrap();
        assert_eq!(table.most(), 1023);
    }

    #[test]
    fn descriptors_that_cannot_be_are_refused() {
        for numbers in [&[][..], &[1, 0], &[1, 0, 16, 1], &[70_000, 0, 16], &[1, 0, 0], &[1, 0, 17]] {
            assert!(LookupTableDescriptor::new(TAG, numbers).is_err(), "{numbers:?}");
        }
        assert!(table([4, 0, 16], &[0; 7], ByteOrder::Little).is_err());
        assert!(table([4, 0, 8], &[0; 3], ByteOrder::Little).is_err());
        assert!(table([4, 0, 8], &[], ByteOrder::Little).is_err());
    }

    proptest! {
        #[test]
        fn an_entry_is_that_of_its_value(
            entries in prop::collection::vec(any::<u16>(), 1..300), first in -40_000i32..40_000,
            value in -70_000i32..70_000, big: bool,
        ) {
            let order = if big { ByteOrder::Big } else { ByteOrder::Little };
            let bytes = |entry: &u16| if big { entry.to_be_bytes() } else { entry.to_le_bytes() };
            let data: Vec<u8> = entries.iter().flat_map(bytes).collect();
            let count = i32::try_from(entries.len()).unwrap();
            let table = table([count.into(), first.into(), 16], &data, order).unwrap();
            let number = usize::try_from((value - first).clamp(0, count - 1)).unwrap();
            prop_assert_eq!(table.at(value.into()), entries[number]);
        }

        #[test]
        fn any_table_is_read_or_refused(
            numbers in prop::collection::vec(any::<i64>(), 0..5), data in prop::collection::vec(any::<u8>(), 0..99), value: f64,
        ) {
            let descriptor = LookupTableDescriptor::new(TAG, &numbers);
            let read = descriptor.and_then(|is| LookupTable::new(is, &data, ByteOrder::Big));
            if let Ok(table) = read {
                prop_assert!(table.at(value) <= table.most());
            }
        }
    }
}
