//! One run of bytes on its way out.

use std::io::Write;

use crate::error::{ErrorKind, Result};
use crate::source::{ReadAt, Resident};

/// Bytes that are read or swapped at a time: a multiple of every unit, and enough for the system to take them in large
/// pieces.
const BLOCK: u64 = 512 << 10;

/// Where bytes are.
#[derive(Clone, Copy)]
pub(super) enum Data<'a> {
    /// In memory.
    Bytes(&'a [u8]),
    /// In a source that was read, as far as they are in memory, and in the source itself.
    Stored { bytes: &'a Resident, source: Option<&'a dyn ReadAt>, offset: u64, length: u64 },
    /// In a source.
    Source { source: &'a dyn ReadAt, offset: u64, length: u64 },
    /// Among those that the plan has made itself.
    Own { start: usize, end: usize },
}

/// Units in which bytes are swapped, one after the other; 1 for none.
pub(super) type Swaps = [usize; 2];

pub(super) const AS_IT_IS: Swaps = [1, 1];

/// One run of bytes on its way out.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) data: Data<'a>,
    pub(super) swaps: Swaps,
}

impl<'a> Data<'a> {
    /// How many bytes there are.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stored { length, .. } | Self::Source { length, .. } => *length,
            Self::Own { start, end } => end.saturating_sub(*start) as u64,
        }
    }

    /// The bytes, where they are in memory in one piece.
    pub(super) fn resident(&self) -> Option<&'a [u8]> {
        match *self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Stored { bytes, offset, length, .. } => bytes.get(offset, length),
            Self::Source { .. } | Self::Own { .. } => None,
        }
    }

    /// Fails where there are fewer bytes than is said.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Stored { source: None, bytes, offset, length } if !bytes.covers(*offset, *length) => {
                Err(ErrorKind::FileChanged.into())
            }
            Self::Source { source, offset, length } => {
                let size = source.known_size().map_or_else(|| source.size(), Ok)?;
                let available = size.saturating_sub(*offset);
                if *length > available {
                    return Err(ErrorKind::Truncated { needed: *length, available }.into());
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Step<'_> {
    /// Writes the bytes; `own` are those that the plan has made, `block` is memory to be used again.
    pub(super) fn write(&self, own: &[u8], out: &mut dyn Write, block: &mut Vec<u8>) -> Result<()> {
        match self.data {
            Data::Bytes(bytes) => self.put(bytes, out, block),
            Data::Own { start, end } => self.put(own.get(start..end).unwrap_or_default(), out, block),
            Data::Stored { bytes, source, offset, length } => {
                match bytes.get(offset, length) {
                    Some(bytes) => self.put(bytes, out, block),
                    // What lies in several pieces is not swapped piece by piece: they may end inside a unit.
                    None if self.swaps != AS_IT_IS => self.fetch(source, offset, length, out, block),
                    None => self.pieces(bytes, source, (offset, length), out, block),
                }
            }
            Data::Source { source, offset, length } => self.fetch(Some(source), offset, length, out, block),
        }
    }

    /// Writes bytes that are in memory in part.
    fn pieces(
        &self,
        bytes: &Resident,
        source: Option<&dyn ReadAt>,
        (offset, length): (u64, u64),
        out: &mut dyn Write,
        block: &mut Vec<u8>,
    ) -> Result<()> {
        let end = offset.saturating_add(length);
        let mut position = offset;
        while position < end {
            let left = end - position;
            position += match bytes.run(position, left) {
                Ok(run) => {
                    self.put(run, out, block)?;
                    run.len() as u64
                }
                Err(gap) => {
                    self.fetch(source, position, left.min(gap), out, block)?;
                    left.min(gap)
                }
            };
        }
        Ok(())
    }

    /// Writes bytes of a source.
    fn fetch(
        &self,
        source: Option<&dyn ReadAt>,
        offset: u64,
        length: u64,
        out: &mut dyn Write,
        block: &mut Vec<u8>,
    ) -> Result<()> {
        let source = source.ok_or(ErrorKind::FileChanged)?;
        source.check_unchanged()?;
        let end = offset.saturating_add(length);
        let mut position = offset;
        while position < end {
            let wanted = usize::try_from((end - position).min(BLOCK)).unwrap_or_default();
            block.clear();
            if source.append(position, wanted, block)? < wanted {
                return Err(ErrorKind::FileChanged.into());
            }
            self.swap(block);
            out.write_all(block)?;
            position += wanted as u64;
        }
        Ok(())
    }

    /// Writes bytes that are in memory.
    fn put(&self, bytes: &[u8], out: &mut dyn Write, block: &mut Vec<u8>) -> Result<()> {
        if self.swaps == AS_IT_IS {
            return Ok(out.write_all(bytes)?);
        }
        for part in bytes.chunks(usize::try_from(BLOCK).unwrap_or_default().max(8)) {
            block.clear();
            block.extend_from_slice(part);
            self.swap(block);
            out.write_all(block)?;
        }
        Ok(())
    }

    fn swap(&self, bytes: &mut [u8]) {
        for unit in self.swaps {
            swap(bytes, unit);
        }
    }
}

/// Swaps the bytes of each unit. What is left over at the end stays as it is.
pub(super) fn swap(bytes: &mut [u8], unit: usize) {
    match unit {
        2 => bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|chunk| chunk.reverse()),
        4 => bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|chunk| chunk.reverse()),
        8 => bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|chunk| chunk.reverse()),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::MemorySource;

    #[test]
    fn swaps_whole_units() {
        for (unit, swapped) in [(1, "123456789"), (2, "214365879"), (4, "432187659"), (8, "876543219")] {
            let mut bytes = *b"123456789";
            swap(&mut bytes, unit);
            assert_eq!(bytes, swapped.as_bytes());
        }
    }

    #[test]
    fn takes_what_is_in_memory_and_the_rest_from_the_source() {
        let all: Vec<u8> = (0..600_000_u32).map(|i| i.to_le_bytes()[0] ^ i.to_le_bytes()[1]).collect();
        let mut resident = Resident::whole(Box::new(all[..1000].to_vec()));
        resident.push(400_000, Box::new(all[400_000..400_500].to_vec()));
        let source = MemorySource::new(Box::new(all.clone()));
        let whole = |swaps| {
            let data = Data::Stored { bytes: &resident, source: Some(&source), offset: 8, length: 599_984 };
            let (mut out, mut block) = (Vec::new(), Vec::new());
            Step { data, swaps }.write(&[], &mut out, &mut block).unwrap();
            assert!(block.capacity() <= 2 * usize::try_from(BLOCK).unwrap());
            out
        };
        assert!(whole(AS_IT_IS) == all[8..599_992]);
        let mut swapped = all[8..599_992].to_vec();
        swap(&mut swapped, 8);
        assert!(whole([8, 1]) == swapped);
        let beyond = Data::Source { source: &source, offset: 599_999, length: 2 };
        assert!(matches!(
            beyond.check().unwrap_err().kind(),
            ErrorKind::Truncated { needed: 2, available: 1 }
        ));
    }
}
