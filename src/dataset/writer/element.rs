//! One element with a value of its own: length, padding, byte order (PS3.5 §6.2, §7.1, §7.3).

use super::facts::Facts;
use super::implicit::implicit_vr;
use super::planner::Planner;
use super::step::Data;
use crate::dataset::element::UNDEFINED;
use crate::dataset::{ByteOrder, VrForm};
use crate::error::{ErrorKind, Result};
use crate::tag::Tag;
use crate::vr::{ValueKind, Vr};

/// An element that has no items.
pub(super) struct Leaf<'a> {
    pub(super) tag: Tag,
    pub(super) vr: Vr,
    pub(super) data: Data<'a>,
    /// The byte order of its numbers.
    pub(super) order: ByteOrder,
    /// Its header has no VR, so that none is lost.
    pub(super) was_implicit: bool,
    /// Cells of a byte have no order, whatever the VR: pixel data of a private transfer syntax.
    pub(super) has_cells_only: bool,
}

impl<'a> Planner<'a, '_> {
    /// Writes an element.
    pub(super) fn leaf(&mut self, leaf: Leaf<'a>, facts: &Facts) -> Result<()> {
        let Leaf { tag, vr, data, .. } = leaf;
        let length = data.length();
        let padded = self.padded(tag, vr, length)?;
        let is_implicit = self.target.encoding.vr_form == VrForm::Implicit;
        let read_as = if is_implicit { self.implicit_vr(tag, padded, facts) } else { vr };
        if is_implicit && !leaf.was_implicit && read_as != vr && vr != Vr::UN {
            let path = self.path_of(tag);
            self.plan.report_mut().add(|report| &mut report.vr_lost, path);
        }
        let field = u32::try_from(padded).ok().filter(|field| *field != UNDEFINED);
        let field = field.ok_or_else(|| self.fault(ErrorKind::ValueTooLong { vr, length }, tag))?;
        if is_implicit || vr.has_long_length() || field <= u16::MAX.into() {
            self.header(tag, vr, is_implicit || vr.has_long_length(), field);
        } else {
            self.check_unknown(tag, vr, length)?;
            self.header(tag, Vr::UN, true, field);
            let path = self.path_of(tag);
            self.plan.report_mut().add(|report| &mut report.written_as_unknown, path);
        }
        // Pixel data without a VR are words (PS3.5 §A.1).
        let written_as = if tag.is_pixel_data() { read_as } else { vr };
        let from = match leaf.order {
            ByteOrder::Big if leaf.has_cells_only => facts.unit(tag, Vr::OB),
            ByteOrder::Big => facts.unit(tag, vr),
            ByteOrder::Little => 1,
        };
        let to = match self.target.encoding.byte_order {
            ByteOrder::Big => facts.unit(tag, written_as),
            ByteOrder::Little => 1,
        };
        self.plan.add(data, [from, to]).map_err(|error| error.of(self.path_of(tag)))?;
        if padded > length {
            self.plan.put(&[padding(vr)]);
        }
        Ok(())
    }

    /// The length with padding (PS3.5 §6.2, §7.1.1).
    fn padded(&self, tag: Tag, vr: Vr, length: u64) -> Result<u64> {
        let unit = if vr == Vr::AT { 4 } else { vr.unit() as u64 };
        if vr == Vr::SQ || !length.is_multiple_of(unit) {
            return Err(self.fault(ErrorKind::ValueLength { vr, length }, tag));
        }
        Ok(length + length % 2)
    }

    /// Says whether a value that is too long for its VR can be written as UN (PS3.5 §6.2.2).
    fn check_unknown(&self, tag: Tag, vr: Vr, length: u64) -> Result<()> {
        // UN is in little endian in any transfer syntax, which readers of big endian do not agree on.
        let has_order = self.target.encoding.byte_order == ByteOrder::Big && vr.unit() > 1;
        if tag.group() == 0x0002 || tag.is_private_creator() || has_order {
            return Err(self.fault(ErrorKind::ValueTooLong { vr, length }, tag));
        }
        Ok(())
    }

    /// The VR that reading finds for an element of this data set where none is written.
    pub(super) fn implicit_vr(&self, tag: Tag, length: u64, facts: &Facts) -> Vr {
        implicit_vr(&self.creators, self.depth(), tag, length, facts.deciders)
    }
}

/// What makes the length of a value even.
const fn padding(vr: Vr) -> u8 {
    match vr.kind() {
        _ if matches!(vr, Vr::UI) => 0,
        ValueKind::Bytes | ValueKind::Number | ValueKind::Sequence => 0,
        ValueKind::Ascii | ValueKind::Text | ValueKind::SingleText | ValueKind::SingleAscii => b' ',
    }
}
