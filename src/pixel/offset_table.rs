//! Where frames begin among the fragments (PS3.5 §A.4, PS3.3 C.7.6.3.1.8).

use super::fragment::Fragment;

/// The numbers of a Basic Offset Table; `None` when it is not of 32-bit numbers.
pub(super) fn basic(value: &[u8]) -> Option<Vec<u64>> {
    let (numbers, rest) = value.as_chunks();
    rest.is_empty().then(|| numbers.iter().map(|bytes| u32::from_le_bytes(*bytes).into()).collect())
}

/// The numbers of an Extended Offset Table or its lengths; `None` when it is not of 64-bit numbers.
pub(super) fn extended(value: &[u8]) -> Option<Vec<u64>> {
    let (numbers, rest) = value.as_chunks();
    rest.is_empty().then(|| numbers.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect())
}

/// For each frame the number of its first fragment.
///
/// `None` when the offsets are not those of items, ascending, the first one at the first fragment.
pub(super) fn first_fragments(offsets: &[u64], fragments: &[Fragment]) -> Option<Vec<u32>> {
    let base = fragments.first()?.item();
    (*offsets.first()? == 0).then_some(())?;
    let mut items = (0u32..).zip(fragments);
    offsets
        .iter()
        .map(|offset| {
            let wanted = base.checked_add(*offset)?;
            // Both ascend: each fragment is looked at once.
            let (number, found) = items.find(|(_, fragment)| fragment.item() >= wanted)?;
            (found.item() == wanted).then_some(number)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fragments of these lengths, the first item at byte 100.
    fn of(lengths: &[u64]) -> Vec<Fragment> {
        let mut offset = 100;
        let next = |length: &u64| {
            offset += 8;
            let fragment = Fragment { offset, length: *length };
            offset += length;
            fragment
        };
        lengths.iter().map(next).collect()
    }

    #[test]
    fn ps3_5_a_4_offsets_count_from_the_first_item() {
        let fragments = of(&[4, 6, 2, 8]);
        assert_eq!(first_fragments(&[0, 12, 26, 36], &fragments), Some(vec![0, 1, 2, 3]));
        assert_eq!(first_fragments(&[0, 26], &fragments), Some(vec![0, 2]));
    }

    #[test]
    fn refuses_offsets_that_are_not_those_of_items() {
        let fragments = of(&[4, 6, 2, 8]);
        for bad in [&[][..], &[12], &[0, 13], &[0, 26, 12], &[0, 0], &[0, 1 << 63], &[0, u64::MAX], &[0, 52]]
        {
            assert_eq!(first_fragments(bad, &fragments), None, "{bad:?}");
        }
        assert_eq!(first_fragments(&[0], &[]), None);
    }

    #[test]
    fn tables_of_odd_lengths_are_none() {
        assert_eq!(basic(&[1, 0, 0, 0, 2, 0, 0, 0]), Some(vec![1, 2]));
        assert_eq!(basic(&[1, 0, 0, 0, 2, 0]), None);
        assert_eq!(extended(&[1, 0, 0, 0, 0, 0, 0, 1]), Some(vec![1 << 56 | 1]));
        assert_eq!(extended(&[0; 12]), None);
    }
}
