//! Deflated image frames (PS3.5 §A.4.12): each a native frame as a deflate stream of its own (RFC 1951).

use flate2::{Decompress, FlushDecompress, Status};

use super::uncompressed::{checked_length, in_order, place, place_start};
use super::{Decode, EncodedFrame, interrupt, long_enough};
use crate::error::{ErrorKind, Result, WarningKind};
use crate::file::has_zlib_header;
use crate::pixel::ImageDescription;
use crate::pixel::native::{is_placed, resize};

const NAME: &str = "deflated frame";

/// Most bytes that are inflated before somebody may say that they are not wanted any more.
const STEP: usize = 4 << 20;

/// Most bytes that a byte of the stream can stand for: 258 for two bits.
const EXPANSION: u64 = 1032;

/// The codec.
pub(super) struct DeflatedFrame;

impl Decode for DeflatedFrame {
    fn name(&self) -> &'static str {
        NAME
    }

    fn check(&self, length: u64, description: &ImageDescription) -> Result<(), String> {
        let needed = checked_length(description)?;
        let most = length.saturating_mul(EXPANSION);
        long_enough(length, needed, most)
    }

    fn decode(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> Result<Option<WarningKind>> {
        let fault = |reason| frame.fault(NAME, reason);
        let bytes = frame.bytes();
        self.check(bytes.len() as u64, description).map_err(fault)?;
        if is_placed(description) {
            let odd = inflate(&bytes, out).map_err(fault)?;
            in_order(description, out);
            return Ok(odd);
        }
        let length = checked_length(description).map_err(fault)?;
        let mut native = Vec::new();
        resize(&mut native, usize::try_from(length).map_err(|_| ErrorKind::OutOfMemory(length))?)?;
        let odd = inflate(&bytes, &mut native).map_err(fault)?;
        place(description, &native, out)?;
        Ok(odd)
    }

    fn decode_start(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> usize {
        let mut native = Vec::new();
        let length = checked_length(description).ok().and_then(|length| usize::try_from(length).ok());
        if length.is_none_or(|length| resize(&mut native, length).is_err()) {
            return 0;
        }
        let filled = inflate_start(&frame.bytes(), &mut native);
        place_start(description, native.get(..filled).unwrap_or_default(), out)
    }
}

/// Inflates what there is of a stream that ends early; nothing of one that is damaged.
fn inflate_start(stream: &[u8], out: &mut [u8]) -> usize {
    let mut filled = 0;
    let mut inflate = Decompress::new(false);
    loop {
        let consumed = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
        let (rest, room) = (stream.get(consumed..), out.get_mut(filled..));
        let status =
            inflate.decompress(rest.unwrap_or_default(), room.unwrap_or_default(), FlushDecompress::None);
        let before =
            std::mem::replace(&mut filled, usize::try_from(inflate.total_out()).unwrap_or(usize::MAX));
        match status {
            Ok(Status::StreamEnd) | Err(_) => return 0,
            Ok(_) if filled == before => return filled,
            Ok(_) => {}
        }
    }
}

/// Fills `out` from a stream; one with the header of zlib too, which some writers put in front.
fn inflate(stream: &[u8], out: &mut [u8]) -> Result<Option<WarningKind>, String> {
    let raw = run(stream, false, out);
    if raw.is_ok() || !has_zlib_header(stream) {
        return raw;
    }
    run(stream, true, out).map(|_| Some(WarningKind::ZlibHeader)).or(raw)
}

fn run(stream: &[u8], zlib: bool, out: &mut [u8]) -> Result<Option<WarningKind>, String> {
    let needed = out.len();
    let mut inflate = Decompress::new(zlib);
    let mut filled = 0usize;
    let mut beyond = [0];
    loop {
        interrupt::check()?;
        let before = (inflate.total_in(), inflate.total_out());
        let rest = usize::try_from(before.0).ok().and_then(|consumed| stream.get(consumed..));
        // When everything is there, one more byte is asked for: there should be none.
        let end = filled.saturating_add(STEP).min(needed);
        let room = out.get_mut(filled..end).filter(|room| !room.is_empty()).unwrap_or(&mut beyond);
        let status = inflate.decompress(rest.unwrap_or_default(), room, FlushDecompress::None);
        filled = usize::try_from(inflate.total_out()).unwrap_or(usize::MAX);
        let is_stuck = before == (inflate.total_in(), inflate.total_out());
        match status {
            _ if filled > needed => return Ok(Some(WarningKind::PixelDataTooLong)),
            Ok(Status::StreamEnd) if filled == needed => return Ok(None),
            Ok(Status::StreamEnd) => return Err(format!("the stream gives {filled} of {needed} bytes")),
            Err(_) if filled == needed => return Ok(Some(WarningKind::DeflateDamaged)),
            Err(_) => return Err(format!("the stream is damaged after {filled} of {needed} bytes")),
            Ok(_) if is_stuck && filled == needed => return Ok(Some(WarningKind::DeflateDamaged)),
            Ok(_) if is_stuck => return Err(format!("the stream ends after {filled} of {needed} bytes")),
            Ok(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, ZlibEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn deflated(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn filled(stream: &[u8], length: usize) -> Result<(Vec<u8>, Option<WarningKind>), String> {
        let (mut one, mut other) = (vec![0; length], vec![0xFF; length]);
        let odd = inflate(stream, &mut one)?;
        assert_eq!(inflate(stream, &mut other)?, odd);
        assert!(one == other, "what lay in memory before shows through");
        Ok((one, odd))
    }

    #[test]
    fn gives_exactly_a_frame() {
        let data: Vec<u8> = (0..5000_u32).map(|i| ((i * i) >> 9).to_le_bytes()[0]).collect();
        let stream = deflated(&data);
        assert_eq!(filled(&stream, 5000), Ok((data.clone(), None)));
        let padded = [&stream[..], &[0]].concat();
        assert_eq!(filled(&padded, 5000), Ok((data.clone(), None)));
        assert_eq!(filled(&stream, 4000), Ok((data[..4000].to_vec(), Some(WarningKind::PixelDataTooLong))));
        assert_eq!(filled(&stream, 5001), Err("the stream gives 5000 of 5001 bytes".to_owned()));
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&data).unwrap();
        assert_eq!(filled(&encoder.finish().unwrap(), 5000), Ok((data, Some(WarningKind::ZlibHeader))));
    }

    #[test]
    fn a_cut_stream_is_an_error_or_whole() {
        let data: Vec<u8> = (0..3000_u32).map(|i| ((i * i) >> 7).to_le_bytes()[0]).collect();
        let stream = deflated(&data);
        for cut in 0..stream.len() {
            if let Ok((found, odd)) = filled(&stream[..cut], data.len()) {
                assert_eq!((found == data, odd), (true, Some(WarningKind::DeflateDamaged)), "{cut}");
            }
        }
    }

    #[test]
    fn a_few_bytes_do_not_claim_much() {
        let description = ImageDescription::new(&crate::pixel::ImageAttributes {
            rows: 1000,
            columns: 1000,
            ..Default::default()
        })
        .unwrap();
        assert!(DeflatedFrame.check(968, &description).is_err());
        assert!(DeflatedFrame.check(970, &description).is_ok());
    }

    proptest! {
        #[test]
        fn whatever_the_bytes_it_ends(stream in prop::collection::vec(any::<u8>(), 0..200), length in 0usize..3000) {
            let _ = filled(&stream, length);
        }
    }
}
