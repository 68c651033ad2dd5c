//! Deflated data sets (PS3.5 §A.5).

use flate2::{Decompress, FlushDecompress, Status};

use crate::error::{ErrorKind, Result, WarningKind};

/// What was inflated, and what was odd about it.
pub(super) struct Inflated {
    pub(super) bytes: Vec<u8>,
    pub(super) warnings: Vec<WarningKind>,
}

/// Inflates a data set; of a damaged stream what comes before the damage.
///
/// # Errors
/// [`ErrorKind::Deflate`] when nothing can be inflated, [`ErrorKind::LimitExceeded`].
pub(super) fn inflate(stream: &[u8], limit: u64) -> Result<Inflated> {
    let raw = run(stream, false, limit)?;
    if raw.is_sound {
        return Ok(Inflated { bytes: raw.bytes, warnings: Vec::new() });
    }
    if has_zlib_header(stream) {
        let zlib = run(stream, true, limit)?;
        if zlib.bytes.len() > raw.bytes.len() {
            let mut warnings = vec![WarningKind::ZlibHeader];
            warnings.extend((!zlib.is_sound).then_some(WarningKind::DeflateDamaged));
            return Ok(Inflated { bytes: zlib.bytes, warnings });
        }
    }
    if raw.bytes.is_empty() && !stream.is_empty() {
        return Err(ErrorKind::Deflate.into());
    }
    Ok(Inflated { bytes: raw.bytes, warnings: vec![WarningKind::DeflateDamaged] })
}

/// RFC 1950 §2.2: method 8, and a check of both bytes.
pub(crate) fn has_zlib_header(stream: &[u8]) -> bool {
    matches!(stream, [cmf, flags, ..] if cmf & 0xF == 8 && u16::from_be_bytes([*cmf, *flags]) % 31 == 0)
}

struct Run {
    bytes: Vec<u8>,
    /// The stream came to its own end.
    is_sound: bool,
}

fn run(stream: &[u8], zlib: bool, limit: u64) -> Result<Run> {
    let mut inflate = Decompress::new(zlib);
    let mut bytes = Vec::new();
    loop {
        if bytes.len() == bytes.capacity() {
            let step = bytes.len().max(stream.len().saturating_mul(2)).clamp(4 << 10, 16 << 20);
            bytes.try_reserve(step).map_err(|_| ErrorKind::OutOfMemory(step as u64))?;
        }
        let consumed = usize::try_from(inflate.total_in()).unwrap_or(usize::MAX);
        let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
        let rest = stream.get(consumed..).unwrap_or_default();
        let status = inflate.decompress_vec(rest, &mut bytes, FlushDecompress::None);
        if bytes.len() as u64 > limit {
            let fault =
                ErrorKind::LimitExceeded { limit: "inflated", value: bytes.len() as u64, allowed: limit };
            return Err(fault.into());
        }
        let is_stuck = before_in == inflate.total_in() && before_out == inflate.total_out();
        match status {
            Ok(Status::StreamEnd) => return Ok(Run { bytes, is_sound: true }),
            Ok(_) if is_stuck && bytes.len() < bytes.capacity() => return Ok(Run { bytes, is_sound: false }),
            Ok(_) => {}
            Err(_) => return Ok(Run { bytes, is_sound: false }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::DeflateEncoder, write::ZlibEncoder};
    use std::io::Write;

    fn deflated(data: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn inflates_what_was_deflated_and_ignores_padding() {
        let data: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut stream = deflated(&data);
        stream.push(0);
        let inflated = inflate(&stream, u64::MAX).unwrap();
        assert_eq!(inflated.bytes, data);
        assert_eq!(inflated.warnings, []);
    }

    #[test]
    fn accepts_a_zlib_header() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&[7; 1000]).unwrap();
        let inflated = inflate(&encoder.finish().unwrap(), u64::MAX).unwrap();
        assert_eq!(inflated.bytes, [7; 1000]);
        assert_eq!(inflated.warnings, [WarningKind::ZlibHeader]);
    }

    #[test]
    fn keeps_what_comes_before_a_cut() {
        let data: Vec<u8> = (0..20_000_u32).map(|i| ((i * i) >> 7).to_le_bytes()[0]).collect();
        let stream = deflated(&data);
        for cut in 0..stream.len() {
            match inflate(&stream[..cut], u64::MAX) {
                Ok(inflated) => assert!(data.starts_with(&inflated.bytes), "{cut}"),
                Err(error) => assert_eq!(*error.kind(), ErrorKind::Deflate),
            }
        }
    }

    #[test]
    fn stops_at_the_limit() {
        let error = inflate(&deflated(&vec![0; 10 << 20]), 1 << 20).err().unwrap();
        assert!(matches!(error.kind(), ErrorKind::LimitExceeded { limit: "inflated", .. }));
    }
}
