//! Loops that are worth the widest registers of the machine at hand.
//!
//! A loop is written once, for any machine. Here it is compiled a second time, with instructions that not all have, and
//! called when this one has them.
#![allow(unsafe_code)]

mod ybr;

#[cfg(test)]
pub(super) use ybr::rgb;
pub(super) use ybr::ybr_full_to_rgb;

/// Does the work of a loop, compiled for the widest registers of this machine.
///
/// What the loop calls has to be inlined: only then it is compiled for them too.
#[inline(always)]
pub(crate) fn widest<R>(work: impl FnOnce() -> R) -> R {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the line above asked this machine whether it has AVX2, which is all that the function needs.
        return unsafe { with_avx2(work) };
    }
    work()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<R>(work: impl FnOnce() -> R) -> R {
    work()
}

/// Which words of eight bytes hold nothing but samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CleanWords {
    /// Bits that are clear: unused ones, or where samples are signed those that tell a bit from the one above it.
    pub(super) clear: u64,
    /// Samples are signed: unused bits repeat the sign.
    pub(super) is_signed: bool,
}

impl CleanWords {
    /// True when all of `bytes` are samples.
    pub(super) fn hold(self, bytes: &[u8]) -> bool {
        widest(|| hold(self, bytes))
    }
}

#[inline(always)]
fn hold(words: CleanWords, bytes: &[u8]) -> bool {
    let found = if words.is_signed {
        // A bit that differs from the one above it; those of the next cell are not looked at.
        bits_of_any(bytes, |word| word ^ (word >> 1))
    } else {
        bits_of_any(bytes, |word| word)
    };
    found & words.clear == 0
}

/// The bits that any word has.
#[inline(always)]
fn bits_of_any(bytes: &[u8], of: impl Fn(u64) -> u64) -> u64 {
    let (words, rest) = bytes.as_chunks();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    words.iter().chain([&last]).map(|word| of(u64::from_ne_bytes(*word))).fold(0, |all, word| all | word)
}

/// Three planes of cells → pixels of three cells, as many as all have.
pub(crate) fn interleave<const SIZE: usize>(planes: [&[[u8; SIZE]]; 3], pixels: &mut [[[u8; SIZE]; 3]]) {
    widest(|| zip(planes, pixels));
}

#[inline(always)]
fn zip<const SIZE: usize>([a, b, c]: [&[[u8; SIZE]]; 3], pixels: &mut [[[u8; SIZE]; 3]]) {
    for (((pixel, a), b), c) in pixels.iter_mut().zip(a).zip(b).zip(c) {
        *pixel = [*a, *b, *c];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn wide_registers_see_what_any_machine_sees(
            mut bytes in prop::collection::vec(0u8..4, 0..600), clear: u64, is_signed: bool, at: prop::sample::Index, odd: u8,
        ) {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = odd;
            }
            let words = CleanWords { clear: clear & 0xFCFC_FCFC_FCFC_FCFC, is_signed };
            prop_assert_eq!(words.hold(&bytes), hold(words, &bytes));
        }

        #[test]
        fn wide_registers_weave_as_any_machine_does(cells in prop::collection::vec(any::<[u8; 2]>(), 0..700)) {
            let planes: Vec<_> = cells.chunks(cells.len() / 3 + 1).chain([&[][..]; 3]).take(3).collect();
            let planes = [planes[0], planes[1], planes[2]];
            let mut wide = vec![[[0; 2]; 3]; cells.len() / 3];
            let mut plain = wide.clone();
            interleave(planes, &mut wide);
            zip(planes, &mut plain);
            prop_assert!(wide == plain);
            let bytes = planes.map(|plane| plane.as_flattened().as_chunks::<1>().0);
            let mut wide = vec![[[0; 1]; 3]; cells.len() / 3 * 2];
            let mut plain = wide.clone();
            interleave(bytes, &mut wide);
            zip(bytes, &mut plain);
            prop_assert!(wide == plain);
        }
    }
}
