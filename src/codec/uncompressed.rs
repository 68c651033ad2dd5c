//! Native frames in fragments (PS3.5 §A.4.11), each beginning and ending with a byte.

use super::{Decode, EncodedFrame};
use crate::dataset::ByteOrder;
use crate::error::{Result, WarningKind};
use crate::pixel::ImageDescription;
use crate::pixel::native::{is_subsampled, native_frame_length, place_cells, whole_pixels};
use crate::pixel::unpack::CellPass;

const NAME: &str = "uncompressed";

/// The codec.
pub(super) struct Uncompressed;

impl Decode for Uncompressed {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, length: u64, description: &ImageDescription) -> Result<(), String> {
        let needed = checked_length(description)?;
        if length >= needed {
            return Ok(());
        }
        Err(format!("{length} bytes, {needed} are needed"))
    }

    fn decode(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> Result<Option<WarningKind>> {
        let bytes = frame.bytes();
        let length = bytes.len() as u64;
        self.check(length, description).map_err(|reason| frame.fault(NAME, reason))?;
        place(description, &bytes, out)?;
        // Fragments have an even length.
        let needed = native_frame_length(description);
        Ok((length > needed + needed % 2).then_some(WarningKind::PixelDataTooLong))
    }

    fn decode_start(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> usize {
        place_start(description, &frame.bytes(), out)
    }
}

/// Bytes of a native frame, if there can be one.
pub(super) fn checked_length(description: &ImageDescription) -> Result<u64, String> {
    if is_subsampled(description) && description.pixels() % 2 == 1 {
        return Err("an odd number of pixels cannot share chrominances".to_owned());
    }
    Ok(native_frame_length(description))
}

/// A native frame in little endian → samples in the byte order of this machine.
pub(super) fn place(description: &ImageDescription, bytes: &[u8], out: &mut [u8]) -> Result<()> {
    place_cells(description, bytes, 0, &mut Vec::new(), out)?;
    in_order(description, out);
    Ok(())
}

/// The first bytes of a native frame → samples; the bytes of them whose pixels are whole.
pub(super) fn place_start(description: &ImageDescription, bytes: &[u8], out: &mut [u8]) -> usize {
    if checked_length(description).is_err() || place(description, bytes, out).is_err() {
        return 0;
    }
    usize::try_from(whole_pixels(description, bytes.len() as u64 * 8)).unwrap_or_default()
}

/// Little endian → the byte order of this machine.
pub(super) fn in_order(description: &ImageDescription, out: &mut [u8]) {
    CellPass::new(description, ByteOrder::Little, true).apply(out);
}
