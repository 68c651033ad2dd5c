//! The VR that reading finds where none is written.

use crate::dataset::ambiguous::Deciders;
use crate::dataset::creators::Creators;
use crate::dataset::element::{can_be, choose, public_vr};
use crate::dataset::index::Flags;
use crate::dictionary;
use crate::tag::Tag;
use crate::vr::Vr;

/// The VR that reading finds for an element without one: by the dictionaries, and what other elements decide.
///
/// `depth` is that of its data set, whose private creators are among `creators`. `length` is that of the value.
pub(super) fn implicit_vr(creators: &Creators, depth: u32, tag: Tag, length: u64, deciders: Deciders) -> Vr {
    if tag.is_private_creator() {
        return Vr::LO;
    }
    let (mut vr, mut flags) = public_vr(tag);
    if tag.is_private() && vr == Vr::UN {
        let creator = creators.find(depth, tag);
        let entry = creator.and_then(|creator| dictionary::private_attribute(creator, tag));
        if let Some(entry) = entry {
            (vr, flags) = choose(entry.vr);
        }
        if !u32::try_from(length).is_ok_and(|length| can_be(vr, length)) {
            return Vr::UN;
        }
    }
    if flags.contains(Flags::AMBIGUOUS) { deciders.decide(tag, vr, false) } else { vr }
}
