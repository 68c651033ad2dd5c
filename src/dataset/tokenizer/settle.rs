//! VRs of elements whose header has none that can be used: private dictionary, UN that is known.

use super::*;

impl Tokenizer {
    /// Gives the header its final VR: private dictionary, UN that is known. `None` when more bytes are needed.
    pub(super) fn settle(
        &mut self,
        window: &Window<'_>,
        header: Header,
        offset: u64,
    ) -> Result<Option<Header>> {
        let tag = header.tag;
        if tag.is_private() {
            return self.settle_private(window, header, offset);
        }
        let is_final = header.vr != Vr::UN || header.flags.contains(Flags::IMPLICIT);
        if is_final || header.fault == Some(WarningKind::UnknownVr) {
            return Ok(Some(header));
        }
        let (vr, flags) = public_vr(tag);
        self.replace_un(window, header, vr, flags, offset)
    }

    pub(super) fn settle_private(
        &mut self,
        window: &Window<'_>,
        mut header: Header,
        offset: u64,
    ) -> Result<Option<Header>> {
        let (depth, tag) = (self.depth(), header.tag);
        if tag.is_private_creator() {
            if header.vr == Vr::UN {
                header.vr = Vr::LO;
            }
            let length = u64::from(header.length);
            // One too long to be waited for is none, whether it happens to be in the window or not.
            let value =
                window.slice(offset, length).filter(|_| length <= Creators::MAX_LENGTH).unwrap_or_default();
            if crate::uid::trim(value).is_empty() || header.vr == Vr::SQ {
                self.warn(WarningKind::PrivateCreatorInvalid, self.position, Some(tag))?;
            }
            self.creators.record(depth, tag, value);
            return Ok(Some(header));
        }
        let creator = self.creators.find(depth, tag);
        self.reserved = creator.and_then(|_| tag.creator());
        if creator.is_none() && !tag.is_group_length() && !self.level.told.creator {
            self.level.told.creator = true;
            self.warn(WarningKind::PrivateCreatorMissing, self.position, Some(tag))?;
        }
        if header.vr != Vr::UN {
            return Ok(Some(header));
        }
        let creator = self.creators.find(depth, tag);
        let entry = creator.and_then(|creator| dictionary::private_attribute(creator, tag));
        let (vr, flags) = choose(entry.map_or(DictionaryVr::One(Vr::UN), |entry| entry.vr));
        self.replace_un(window, header, vr, flags, offset)
    }

    /// An element without a VR of its own (UN, or implicit and private) takes the dictionary's, a sequence only where
    /// items follow.
    pub(super) fn replace_un(
        &mut self,
        window: &Window<'_>,
        mut header: Header,
        vr: Vr,
        flags: Flags,
        offset: u64,
    ) -> Result<Option<Header>> {
        if header.is_undefined() {
            return Ok(Some(header));
        }
        if vr == Vr::SQ && header.length > 0 {
            match window.at::<4>(offset) {
                Some([0xFE, 0xFF, 0x00, 0xE0]) => {}
                None if !window.is_last() && offset + 4 > window.end() => return Ok(None),
                _ => return Ok(Some(header)),
            }
        }
        if vr != Vr::UN && can_be(vr, header.length) {
            header.vr = vr;
            header.flags = header.flags.with(flags);
            if !header.flags.contains(Flags::IMPLICIT) {
                header.flags = header.flags.with(Flags::VR_REPLACED);
            }
        }
        Ok(Some(header))
    }
}
