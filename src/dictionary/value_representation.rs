//! What a dictionary says of the values of an attribute: VR and VM.

use super::generated::codes;
use crate::vr::Vr;
use std::fmt;

/// The VR column of a dictionary: one VR, or a choice that other elements decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DictionaryVr {
    /// This VR.
    One(Vr),
    /// US or SS, by Pixel Representation.
    UsOrSs,
    /// OB or OW, by Bits Allocated and the transfer syntax (PS3.5 §8.2, Annex A).
    ObOrOw,
    /// US or OW: LUT Data.
    UsOrOw,
    /// US, SS or OW: retired look-up tables.
    UsOrSsOrOw,
    /// No VR: items and delimiters (PS3.5 §7.5).
    None,
}

impl DictionaryVr {
    /// The VR where there is no choice.
    #[must_use]
    pub const fn one(self) -> Option<Vr> {
        match self {
            Self::One(vr) => Some(vr),
            _ => None,
        }
    }

    pub(super) fn from_number(number: u8) -> Self {
        codes::VRS.get(usize::from(number)).copied().unwrap_or(Self::None)
    }
}

impl fmt::Display for DictionaryVr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::One(vr) => vr.as_str(),
            Self::UsOrSs => "US or SS",
            Self::ObOrOw => "OB or OW",
            Self::UsOrOw => "US or OW",
            Self::UsOrSsOrOw => "US or SS or OW",
            Self::None => "",
        })
    }
}

/// A value multiplicity (PS3.5 §6.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Vm {
    /// The least number of values.
    pub min: u16,
    /// The greatest number of values; `None` without a limit.
    pub max: Option<u16>,
    /// The number of values above `min` is a multiple of this.
    pub step: u16,
}

impl Vm {
    /// Exactly one value.
    pub const ONE: Self = Self { min: 1, max: Some(1), step: 1 };

    /// True when `count` values are allowed.
    #[must_use]
    pub fn allows(self, count: usize) -> bool {
        let above = count.checked_sub(usize::from(self.min));
        above.is_some_and(|above| above.checked_rem(usize::from(self.step)).unwrap_or(above) == 0)
            && self.max.is_none_or(|max| count <= usize::from(max))
    }

    pub(super) fn from_number(number: u8) -> Self {
        codes::VMS.get(usize::from(number)).copied().unwrap_or(Self::ONE)
    }
}

impl fmt::Display for Vm {
    /// As in PS3.6: `1`, `1-8`, `1-n`, `2-2n`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.max, self.step) {
            (Some(max), _) if max == self.min => write!(f, "{max}"),
            (Some(max), _) => write!(f, "{}-{max}", self.min),
            (None, 1) => write!(f, "{}-n", self.min),
            (None, step) => write!(f, "{}-{step}n", self.min),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_vm_as_the_standard() {
        let vm = |min, max, step| Vm { min, max, step };
        let all = [vm(1, Some(1), 1), vm(1, Some(8), 1), vm(1, None, 1), vm(2, None, 2), vm(0, None, 1)];
        assert_eq!(all.map(|vm| vm.to_string()), ["1", "1-8", "1-n", "2-2n", "0-n"]);
    }

    #[test]
    fn ps3_5_6_4_number_of_values() {
        let pairs = Vm { min: 2, max: None, step: 2 };
        assert_eq!((0..7).filter(|n| pairs.allows(*n)).collect::<Vec<_>>(), [2, 4, 6]);
        let few = Vm { min: 1, max: Some(3), step: 1 };
        assert_eq!((0..7).filter(|n| few.allows(*n)).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(Vm::ONE.allows(1) && !Vm::ONE.allows(0) && !Vm::ONE.allows(2));
        assert!(!Vm { min: 1, max: None, step: 0 }.allows(3));
    }

    #[test]
    fn a_choice_is_no_vr() {
        assert_eq!(DictionaryVr::One(Vr::PN).one(), Some(Vr::PN));
        assert_eq!(DictionaryVr::ObOrOw.one(), None);
        assert_eq!(format!("{:>9}", DictionaryVr::UsOrSs), " US or SS");
    }
}
