//! Perfect hashes made by `generate.py`: one multiplication, two loads, no search.

/// Also in `generate.py`.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Says which slot a key has if it is there at all; the caller compares the key.
pub(super) struct PerfectHash<const CELL: usize> {
    displacements: &'static [u8],
    cells: &'static [[u8; CELL]],
}

impl<const CELL: usize> PerfectHash<CELL> {
    /// The numbers of displacements and of cells are powers of two.
    pub(super) const fn new(displacements: &'static [u8], cells: &'static [u8]) -> Self {
        Self { displacements, cells: cells.as_chunks().0 }
    }

    /// The cell of the key with this hash.
    #[inline]
    fn cell(&self, hash: u64) -> Option<&'static [u8; CELL]> {
        let bucket = hash >> (64 - self.displacements.len().ilog2());
        let displacement = u64::from(*self.displacements.get(usize::try_from(bucket).ok()?)?);
        let slot = (hash >> 32).wrapping_add(displacement.wrapping_mul(hash >> 8 | 1));
        self.cells.get(usize::try_from(slot).ok()? & (self.cells.len() - 1))
    }
}

impl PerfectHash<8> {
    /// The cell of a tag. It may be that of another tag, which the cell names.
    #[inline]
    pub(super) fn of_tag(&self, tag: u32) -> Option<&'static [u8; 8]> {
        self.cell(u64::from(tag).wrapping_mul(MULTIPLIER))
    }
}

impl PerfectHash<4> {
    /// The number of the record of a string. It may be that of another string.
    #[inline]
    pub(super) fn of_text(&self, text: &[u8]) -> Option<u16> {
        let hash = hash_text(text);
        let &[low, high, check @ ..] = self.cell(hash)?;
        let number = u16::from_le_bytes([low, high]);
        // An empty cell has a number beyond all records.
        let [first, second, ..] = hash.to_le_bytes();
        (check == [first, second]).then_some(number)
    }
}

/// Eight bytes at a time; the last word of a text that is no multiple of eight overlaps the one before.
#[inline]
fn hash_text(text: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| {
        let hash = (hash ^ word).wrapping_mul(MULTIPLIER);
        hash ^ hash >> 32
    };
    let (words, rest) = text.as_chunks::<8>();
    let mut hash = u64::try_from(text.len()).unwrap_or(u64::MAX);
    for &word in words {
        hash = mix(hash, u64::from_le_bytes(word));
    }
    if !rest.is_empty() {
        let word = match text.last_chunk::<8>() {
            Some(&last) => u64::from_le_bytes(last),
            None => rest.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
        };
        hash = mix(hash, word);
    }
    hash.wrapping_mul(MULTIPLIER)
}
