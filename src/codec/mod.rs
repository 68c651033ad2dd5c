//! Encoded frames → samples. One trait for all codecs, one file a codec.

mod bit_position;
mod cells;
mod codestream_colour;
mod deflated_frame;
pub(crate) mod interrupt;
pub mod jpeg;
mod jpeg2000;
pub mod jpeg_ls;
mod jpeg_xl;
mod openjpeg;
mod rle;
mod signature;
mod uncompressed;
#[cfg(test)]
mod vectors;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use codestream_colour::{CodestreamColour, Marks};
pub use signature::SIGNATURE_LENGTH;

use crate::error::{Error, ErrorKind, Result, WarningKind};
use crate::pixel::ImageDescription;
use crate::transfer_syntax::{CodecFamily, TransferSyntax};

/// The encoded bytes of one frame.
#[derive(Clone, Copy, Debug)]
pub struct EncodedFrame<'a> {
    /// The number of the frame, from zero: named in faults.
    pub number: u32,
    /// Its fragments.
    pub fragments: &'a [Cow<'a, [u8]>],
}

impl<'a> EncodedFrame<'a> {
    /// The fragments in one piece.
    #[must_use]
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        match self.fragments {
            [] => Cow::Borrowed(&[]),
            [one] => Cow::Borrowed(one),
            many => Cow::Owned(many.concat()),
        }
    }

    /// What is wrong with this frame.
    #[must_use]
    pub fn fault(&self, codec: &'static str, reason: String) -> Error {
        ErrorKind::Codec { codec, frame: self.number, reason: reason.into() }.into()
    }
}

/// A codec that makes samples of encoded frames.
pub trait Decode: Sync {
    /// The name in faults.
    fn name(&self) -> &'static str;

    /// Tells whether `length` encoded bytes can hold such a frame, before memory for it is asked for.
    ///
    /// # Errors
    /// Why they cannot.
    fn check(&self, length: u64, description: &ImageDescription) -> Result<(), String>;

    /// Tells what the codestream says of the samples, by its headers alone. What is wrong with them is told by
    /// [`Decode::decode`].
    fn marks(&self, _frame: &EncodedFrame<'_>, _description: &ImageDescription) -> Marks {
        Marks::default()
    }

    /// Writes the samples of a frame: colour by pixel, of [`ImageDescription::sample_type`] in the byte order of this
    /// machine, `out.len()` is [`ImageDescription::frame_length`]. Unused bits of a cell stay as they are stored.
    ///
    /// Returns what was odd.
    ///
    /// # Errors
    /// [`EncodedFrame::fault`].
    fn decode(
        &self,
        frame: &EncodedFrame<'_>,
        description: &ImageDescription,
        out: &mut [u8],
    ) -> Result<Option<WarningKind>>;

    /// How often the codec itself halves rows and columns of this frame on the way, at most `wanted` times: by the headers
    /// of the codestream.
    fn halvings(&self, _: &EncodedFrame<'_>, _: &ImageDescription, _wanted: u8) -> u8 {
        0
    }

    /// The same as [`Decode::decode`] at 1/2^`reduce` of the size, no more than [`Decode::halvings`] tells: `out` is for
    /// [`ImageDescription::reduced`], while `description` is that of the whole frame.
    ///
    /// # Errors
    /// [`EncodedFrame::fault`].
    fn decode_reduced(
        &self,
        frame: &EncodedFrame<'_>,
        _: &ImageDescription,
        _reduce: u8,
        _out: &mut [u8],
    ) -> Result<Option<WarningKind>> {
        Err(frame.fault(self.name(), "frames have one size".to_owned()))
    }

    /// Decodes what there is of a frame that ends early, after [`Decode::decode`] refused it; `out` is zero before.
    ///
    /// Returns the bytes in front of `out` that are pixels with all their samples: 0 where nothing can be had, or the
    /// frame does not end early but is damaged. What lies behind them does not matter.
    fn decode_start(&self, _: &EncodedFrame<'_>, _: &ImageDescription, _out: &mut [u8]) -> usize {
        0
    }
}

/// The codec of a transfer syntax, where there is one.
#[must_use]
pub fn decoder(syntax: &TransferSyntax) -> Option<&'static dyn Decode> {
    decoder_of(syntax.codec())
}

/// The codec that the frames of a file need, by the first bytes of the first one ([`SIGNATURE_LENGTH`] are enough): a
/// codestream says itself what it is. True where that is another kind than the transfer syntax says; `None` where the
/// bytes do not tell.
#[must_use]
pub fn decoder_by_signature(family: CodecFamily, bytes: &[u8]) -> Option<(&'static dyn Decode, bool)> {
    // Samples as they are may look like anything.
    let found = signature::family(bytes).filter(|_| family != CodecFamily::Uncompressed)?;
    Some((decoder_of(found)?, found != family))
}

fn decoder_of(family: CodecFamily) -> Option<&'static dyn Decode> {
    match family {
        CodecFamily::Uncompressed => Some(&uncompressed::Uncompressed),
        CodecFamily::Rle => Some(&rle::Rle),
        CodecFamily::DeflatedFrame => Some(&deflated_frame::DeflatedFrame),
        CodecFamily::Jpeg | CodecFamily::JpegLossless => Some(&jpeg::Jpeg),
        CodecFamily::JpegLs => Some(&jpeg_ls::JpegLs),
        CodecFamily::Jpeg2000 => Some(&jpeg2000::Jpeg2000("JPEG 2000")),
        CodecFamily::HighThroughputJpeg2000 => Some(&jpeg2000::Jpeg2000("HTJ2K")),
        CodecFamily::JpegXl => Some(&jpeg_xl::JpegXl),
        _ => None,
    }
}

/// The codec of native frames in fragments.
#[must_use]
pub fn uncompressed() -> &'static dyn Decode {
    &uncompressed::Uncompressed
}

/// Calls a codec: checks the size of `out`, and makes an error of a panic.
///
/// # Errors
/// Those of [`Decode::decode`]; [`ErrorKind::Codec`].
pub fn decode(
    codec: &dyn Decode,
    frame: &EncodedFrame<'_>,
    description: &ImageDescription,
    out: &mut [u8],
) -> Result<Option<WarningKind>> {
    decode_reduced(codec, frame, description, 0, out)
}

/// The same with [`Decode::decode_reduced`], where `reduce` is not 0.
///
/// # Errors
/// Those of the method; [`ErrorKind::Codec`].
pub fn decode_reduced(
    codec: &dyn Decode,
    frame: &EncodedFrame<'_>,
    description: &ImageDescription,
    reduce: u8,
    out: &mut [u8],
) -> Result<Option<WarningKind>> {
    let length = description.reduced(reduce).frame_length();
    if out.len() as u64 != length {
        let reason = format!("memory of {} bytes for {length}", out.len());
        return Err(frame.fault(codec.name(), reason));
    }
    // What a codec leaves behind in `out` after a panic are bytes, nothing more.
    catch_unwind(AssertUnwindSafe(|| match reduce {
        0 => codec.decode(frame, description, out),
        _ => codec.decode_reduced(frame, description, reduce, out),
    }))
    .unwrap_or_else(|_| Err(frame.fault(codec.name(), "the codec failed; this is a fault of it".to_owned())))
}

/// How often a codec halves rows and columns of a frame on the way: [`Decode::halvings`]; never where it panics.
#[must_use]
pub fn halvings(
    codec: &dyn Decode,
    frame: &EncodedFrame<'_>,
    description: &ImageDescription,
    wanted: u8,
) -> u8 {
    if wanted == 0 {
        return 0;
    }
    catch_unwind(AssertUnwindSafe(|| codec.halvings(frame, description, wanted))).unwrap_or(0).min(wanted)
}

/// What a codestream says of its samples: [`Decode::marks`]; nothing where the codec panics.
#[must_use]
pub fn marks(codec: &dyn Decode, frame: &EncodedFrame<'_>, description: &ImageDescription) -> Marks {
    catch_unwind(AssertUnwindSafe(|| codec.marks(frame, description))).unwrap_or_default()
}

/// Calls [`Decode::decode_start`]: what was not decoded is zero afterwards, and a panic means that nothing was.
pub fn decode_start(
    codec: &dyn Decode,
    frame: &EncodedFrame<'_>,
    description: &ImageDescription,
    out: &mut [u8],
) -> usize {
    out.fill(0);
    let decoded = catch_unwind(AssertUnwindSafe(|| codec.decode_start(frame, description, out))).unwrap_or(0);
    let decoded = decoded.min(out.len());
    out.get_mut(decoded..).unwrap_or_default().fill(0);
    decoded
}

/// Refuses encoded bytes of this length where the bytes of a frame are more than the `most` that they can give.
fn long_enough(length: u64, needed: u64, most: u64) -> Result<(), String> {
    if needed <= most {
        return Ok(());
    }
    Err(format!("{length} bytes cannot hold the {needed} of a frame: they give {most} at most"))
}

/// True where a codestream of JPEG, JPEG-LS or JPEG 2000 has its last marker, which is the same in all of them.
fn has_end(bytes: &[u8]) -> bool {
    let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.get(..length).unwrap_or_default().ends_with(&[0xFF, 0xD9])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::ImageAttributes;

    struct Panics;

    impl Decode for Panics {
        fn name(&self) -> &'static str {
            "test"
        }
        fn check(&self, _: u64, _: &ImageDescription) -> Result<(), String> {
            Ok(())
        }
        fn decode(
            &self,
            _: &EncodedFrame<'_>,
            _: &ImageDescription,
            _: &mut [u8],
        ) -> Result<Option<WarningKind>> {
            panic!("in a codec")
        }
        fn decode_start(&self, _: &EncodedFrame<'_>, _: &ImageDescription, _: &mut [u8]) -> usize {
            panic!("in a codec")
        }
    }

    #[test]
    fn a_panic_becomes_an_error_that_names_the_frame() {
        let description = ImageDescription::new(&ImageAttributes::default()).unwrap();
        let frame = EncodedFrame { number: 3, fragments: &[] };
        let error = decode(&Panics, &frame, &description, &mut [0]).unwrap_err();
        assert_eq!(error.to_string(), "test, frame 3: the codec failed; this is a fault of it");
        let error = decode(&Panics, &frame, &description, &mut []).unwrap_err();
        assert_eq!(error.to_string(), "test, frame 3: memory of 0 bytes for 1");
        let mut out = [7];
        assert_eq!((decode_start(&Panics, &frame, &description, &mut out), out), (0, [0]));
    }
}
