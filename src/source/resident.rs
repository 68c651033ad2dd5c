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
    /// In the order of their bases; nearly always one, a second one where a large value was left out.
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
        self.segments.iter().find_map(|segment| {
            let bytes = (*segment.owner).as_ref();
            let start = usize::try_from(offset.checked_sub(segment.base)?).ok()?;
            let end = start.checked_add(usize::try_from(length).ok()?)?;
            bytes.get(start..end)
        })
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
