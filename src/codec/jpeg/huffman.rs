//! Huffman tables (ITU-T T.81 Annex C, F.2.2): codes, and look-ups that give a code and the bits behind it at once.

use super::bits::BitReader;
use super::{Reason, Result};

/// Length of the longest code.
const LONGEST: usize = 16;

/// A table as a DHT segment has it.
#[derive(Clone, Debug)]
pub(super) struct HuffmanTable {
    /// How many codes there are of each length, from 1 on (BITS).
    counts: [u8; LONGEST],
    /// What they stand for, shortest first (HUFFVAL).
    symbols: Vec<u8>,
}

impl HuffmanTable {
    /// Reads one of the tables of a segment: it, and what follows.
    pub(super) fn parse(parameters: &[u8]) -> Result<(Self, &[u8])> {
        let (counts, rest) = parameters.split_first_chunk().ok_or(SHORT)?;
        let total = counts.iter().map(|count| usize::from(*count)).sum();
        let (symbols, rest) = rest.split_at_checked(total).ok_or(SHORT)?;
        Ok((Self::new(*counts, symbols)?, rest))
    }

    pub(super) fn new(counts: [u8; LONGEST], symbols: &[u8]) -> Result<Self> {
        let mut free = 1u32;
        for count in counts {
            free = (free * 2).checked_sub(count.into()).ok_or("a Huffman table has too many codes")?;
        }
        Ok(Self { counts, symbols: symbols.to_vec() })
    }

    /// Each code, at the top of 16 bits, its length and what it stands for, in order.
    fn codes(&self) -> impl Iterator<Item = (u32, u32, u8)> + '_ {
        let mut next = 0u32;
        let lengths = self.counts.iter().zip(1u32..);
        let lengths = lengths.flat_map(|(count, length)| (0..*count).map(move |_| length));
        lengths.zip(&self.symbols).map(move |(length, symbol)| {
            let code = next;
            next += 1 << (16 - length);
            (code, length, *symbol)
        })
    }
}

const SHORT: Reason = Reason::Borrowed("a DHT segment is too short for its tables");

/// What the next bits say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry(u32);

impl Entry {
    /// No code begins so, or one that is longer than the look-up.
    const UNKNOWN: Self = Self(0);
    const IS_WHOLE: u32 = 1 << 7;
    /// `length` bits say `value` behind `run` zeros.
    fn whole(length: u32, run: u32, value: u32) -> Self {
        Self(length | Self::IS_WHOLE | run << 8 | value << 16)
    }

    /// `length` bits are a code and the `size` bits behind it.
    fn part(length: u32, run: u32, size: u32) -> Self {
        Self(length | run << 8 | size << 16)
    }

    /// True when the value is in here.
    #[inline(always)]
    fn is_whole(self) -> bool {
        self.0 & Self::IS_WHOLE != 0
    }

    /// Bits of the code and those behind it, up to 32.
    #[inline(always)]
    fn length(self) -> u32 {
        self.0 & 0x3F
    }

    /// Zeros before the value.
    #[inline(always)]
    fn run(self) -> usize {
        usize::try_from(self.0 >> 8 & 0x7F).unwrap_or_default()
    }

    /// The value of a whole entry.
    #[inline(always)]
    fn value(self) -> i32 {
        self.0.cast_signed() >> 16
    }

    /// Takes the code, and the value from the bits behind it.
    #[inline(always)]
    fn finish(self, reader: &mut BitReader<'_>) -> (usize, i32) {
        reader.require(32);
        let length = self.length();
        let value = if self.is_whole() {
            self.value()
        } else {
            let size = self.0 >> 16;
            let mask = 1u32.wrapping_shl(size).wrapping_sub(1);
            extend(reader.peek(length) & mask, size)
        };
        reader.consume(length);
        reader.refill();
        (self.run(), value)
    }
}

/// Codes of differences of samples (ITU-T T.81 H.1.2.2): the symbol is how many bits of the difference follow.
pub(super) type DifferenceLookup = Lookup<4096, 12>;

/// Codes of differences of DC coefficients (ITU-T T.81 F.1.2.1): the same, the differences are seldom small.
pub(super) type DcLookup = Lookup<512, 9>;

/// Codes of AC coefficients (ITU-T T.81 F.1.2.2): the symbol is a run of zeros and how many bits follow.
pub(super) type AcLookup = Lookup<1024, 10>;

/// The run that ends a block, or with more on top as many bits say how many blocks (ITU-T T.81 G.1.2.2).
pub(super) const END_OF_BLOCK: usize = 64;

/// A table of what the next `BITS` bits say; `SIZE` is 2 to that power.
#[derive(Clone, Debug)]
pub(super) struct Lookup<const SIZE: usize, const BITS: u32> {
    entries: Box<[Entry; SIZE]>,
    /// Longer codes, at the top of 16 bits: the code behind the last of its length, and the entries.
    long: Vec<(u32, Entry)>,
}

impl AcLookup {
    pub(super) fn of_coefficients(table: &HuffmanTable) -> Self {
        Self::new(table, |symbol| match (u32::from(symbol >> 4), u32::from(symbol & 15)) {
            (15, 0) => (15, 0), // 16 zeros: the last of them is the value
            (run, 0) => (64 + run, 0),
            runs => runs,
        })
    }
}

impl<const SIZE: usize, const BITS: u32> Lookup<SIZE, BITS> {
    /// `most` is the largest symbol there may be.
    pub(super) fn of_differences(table: &HuffmanTable, most: u8) -> Result<Self> {
        if table.symbols.iter().any(|symbol| *symbol > most) {
            return Err(format!("a Huffman table has differences of more than {most} bits").into());
        }
        Ok(Self::new(table, |symbol| (0, u32::from(symbol))))
    }

    /// Bits that have to be there before [`Lookup::next`].
    pub(super) const BITS: u32 = BITS;

    /// `meaning` gives the run and the size that a symbol stands for.
    fn new(table: &HuffmanTable, meaning: impl Fn(u8) -> (u32, u32)) -> Self {
        let mut entries = Box::new([Entry::UNKNOWN; SIZE]);
        let mut long = Vec::new();
        for (code, length, symbol) in table.codes() {
            let (run, size) = meaning(symbol);
            let followers = if size == 16 { 0 } else { size };
            let whole = length + followers;
            if length > BITS {
                long.push((code + (1 << (16 - length)), entry(length, run, size)));
                continue;
            }
            let first = usize::try_from(code >> (16 - BITS)).unwrap_or_default();
            let places = entries.get_mut(first..).unwrap_or_default();
            let places = places.iter_mut().take(1 << (BITS - length));
            for (place, rest) in places.zip(0u32..) {
                *place = match BITS.checked_sub(whole) {
                    Some(unused) => {
                        let bits = rest >> unused;
                        Entry::whole(whole, run, extend(bits, size).cast_unsigned() & 0xFFFF)
                    }
                    None => entry(length, run, size),
                };
            }
        }
        Self { entries, long }
    }

    /// The run and the value that the next bits say, of which [`Lookup::BITS`] have to be there; afterwards a full
    /// reservoir is there where one look-up did not tell all. Bits of no code are refused, and end a block.
    #[inline(always)]
    pub(super) fn next(&self, reader: &mut BitReader<'_>) -> (usize, i32) {
        let place = usize::try_from(reader.peek(BITS)).unwrap_or_default();
        let entry = self.entries.get(place).copied().unwrap_or(Entry::UNKNOWN);
        if entry.is_whole() {
            reader.consume(entry.length());
            return (entry.run(), entry.value());
        }
        if entry == Entry::UNKNOWN {
            let mut copy = *reader;
            let found = self.next_long(&mut copy);
            *reader = copy;
            return found;
        }
        entry.finish(reader)
    }

    #[cold]
    #[inline(never)]
    fn next_long(&self, reader: &mut BitReader<'_>) -> (usize, i32) {
        reader.require(32);
        let bits = reader.peek(16);
        // Codes are in order, and none of the short ones begins so: the first that is not passed is it.
        let Some((_, entry)) = self.long.iter().find(|(end, _)| bits < *end) else {
            reader.refuse();
            return (END_OF_BLOCK, 0);
        };
        entry.finish(reader)
    }
}

fn entry(length: u32, run: u32, size: u32) -> Entry {
    match size {
        0 => Entry::whole(length, run, 0),
        16 => Entry::whole(length, run, 0x8000),
        _ => Entry::part(length + size, run, size),
    }
}

/// The number that `size` bits stand for (EXTEND of ITU-T T.81 F.2.2.1); 16 bits are 32,768 (H.1.2.2).
#[inline(always)]
pub(super) fn extend(bits: u32, size: u32) -> i32 {
    let bits = bits.cast_signed();
    match size {
        0 => 0,
        16 => 0x8000,
        _ if bits >> (size - 1) == 0 => bits - (1 << size) + 1,
        _ => bits,
    }
}
