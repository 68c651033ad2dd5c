//! The bytes of a source that are in memory.

/// Whatever keeps bytes in memory and does not change them: a vector, a Python `bytes` object, a memory map.
pub type Owner = Box<dyn AsRef<[u8]> + Send + Sync>;

/// A run of bytes and where in the source it begins.
struct Segment {
    base: u64,
    owner: Owner,
}

/// The parts of a source that are in memory, by their offset in the source.
#[derive(Default)]
pub struct Resident {
    /// In the order of their bases; nearly always one, another one behind each large value that was left out.
    segments: Vec<Segment>,
}

impl Resident {
    /// The whole of a source.
    #[must_use]
    pub fn whole(owner: Owner) -> Self {
        Self { segments: vec![Segment { base: 0, owner }] }
    }

    /// Adds the bytes from `base` on, which lie behind all that is there.
    pub fn push(&mut self, base: u64, owner: Owner) {
        self.segments.push(Segment { base, owner });
    }

    /// The bytes `offset..offset + length`, where they are in memory in one piece.
    #[must_use]
    pub fn get(&self, offset: u64, length: u64) -> Option<&[u8]> {
        let behind = self.segments.partition_point(|segment| segment.base <= offset);
        let segment = self.segments.get(behind.checked_sub(1)?)?;
        let start = usize::try_from(offset - segment.base).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        (*segment.owner).as_ref().get(start..end)
    }

    /// The bytes from `offset` on, at most `length`, as many as are in memory in one piece; where there are none, how
    /// many are missing before the next one.
    ///
    /// # Errors
    /// That number, [`u64::MAX`] behind the last segment.
    pub fn run(&self, offset: u64, length: u64) -> Result<&[u8], u64> {
        let behind = self.segments.partition_point(|segment| segment.base <= offset);
        let segment = behind.checked_sub(1).and_then(|last| self.segments.get(last));
        let rest = segment.and_then(|segment| {
            (*segment.owner).as_ref().get(usize::try_from(offset - segment.base).ok()?..)
        });
        match rest.filter(|rest| !rest.is_empty()) {
            Some(rest) => Ok(usize::try_from(length).ok().and_then(|end| rest.get(..end)).unwrap_or(rest)),
            None => Err(self.segments.get(behind).map_or(u64::MAX, |next| next.base - offset)),
        }
    }

    /// True when all these bytes are in memory, in one piece or several.
    #[must_use]
    pub fn covers(&self, offset: u64, length: u64) -> bool {
        let end = offset.saturating_add(length);
        let mut position = offset;
        while position < end {
            let Ok(run) = self.run(position, end - position) else { return false };
            position += run.len() as u64;
        }
        true
    }

    /// The runs of bytes that are in memory, each with its offset in the source.
    pub fn segments(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.segments.iter().map(|segment| (segment.base, (*segment.owner).as_ref()))
    }

    /// Bytes in memory.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.segments.iter().map(|segment| (*segment.owner).as_ref().len() as u64).sum()
    }

    /// True when no byte is in memory.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl std::fmt::Debug for Resident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Resident({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_ranges_inside_one_segment_only() {
        let mut resident = Resident::whole(Box::new(vec![0, 1, 2, 3]));
        resident.push(10, Box::new(vec![10, 11]));
        assert_eq!(resident.get(1, 2), Some(&[1, 2][..]));
        assert_eq!(resident.get(10, 2), Some(&[10, 11][..]));
        assert_eq!(resident.get(3, 2), None);
        assert_eq!(resident.get(9, 1), None);
        assert_eq!(resident.get(u64::MAX, u64::MAX), None);
        assert_eq!(resident.len(), 6);
        assert_eq!(resident.run(1, 2), Ok(&[1, 2][..]));
        assert_eq!(resident.run(1, 20), Ok(&[1, 2, 3][..]));
        assert_eq!(resident.run(4, 20), Err(6));
        assert_eq!(resident.run(12, 1), Err(u64::MAX));
        assert_eq!(
            resident.segments().map(|(base, bytes)| (base, bytes.len())).collect::<Vec<_>>(),
            [(0, 4), (10, 2)]
        );
    }
}
