//! Transfer syntaxes (PS3.5 §10, Annex A): one table.

pub use crate::dictionary::generated::transfer_syntaxes::*;

use crate::dataset::{ByteOrder, Encoding};
use crate::dictionary;
use crate::uid::Uid;

/// Where a data set of a transfer syntax has its pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelDataForm {
    /// In Pixel Data, as one value (PS3.5 §8.2).
    Native,
    /// In Pixel Data, as fragments (PS3.5 A.4).
    Encapsulated,
    /// Elsewhere: behind a URL (JPIP) or in a flow beside the data set (PS3.22).
    Referenced,
}

/// The kind of codec that reads the frames of a transfer syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodecFamily {
    /// Native pixel data: no codec.
    None,
    /// Native frames in fragments (PS3.5 A.4.11).
    Uncompressed,
    /// RLE (PS3.5 Annex G).
    Rle,
    /// A deflated frame.
    DeflatedFrame,
    /// JPEG with a DCT: baseline, extended, spectral selection, full progression.
    Jpeg,
    /// Lossless JPEG (ISO 10918-1 SOF3 and its arithmetic form).
    JpegLossless,
    /// Hierarchical JPEG, retired.
    JpegHierarchical,
    /// JPEG-LS.
    JpegLs,
    /// JPEG 2000, part 1 and part 2.
    Jpeg2000,
    /// High-Throughput JPEG 2000.
    HighThroughputJpeg2000,
    /// JPEG XL.
    JpegXl,
    /// MPEG-2 video.
    Mpeg2,
    /// MPEG-4 AVC / H.264 video.
    Mpeg4,
    /// HEVC / H.265 video.
    Hevc,
    /// JPIP: the pixels are asked for from a server.
    Jpip,
    /// SMPTE ST 2110: the pixels or samples come as a real-time flow.
    Smpte2110,
}

/// What a transfer syntax says of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferSyntax {
    /// The number of its entry in the dictionary of UIDs.
    pub(crate) entry: u16,
    pub(crate) encoding: Encoding,
    pub(crate) pixel_byte_order: ByteOrder,
    pub(crate) deflated: bool,
    pub(crate) pixel_data: PixelDataForm,
    pub(crate) codec: CodecFamily,
}

/// The transfer syntax with this UID: those of PS3.6, and the private one of GE.
#[must_use]
pub fn transfer_syntax(uid: &Uid) -> Option<&'static TransferSyntax> {
    TABLE.get(usize::from(dictionary::number_of_uid(uid.as_str())?))
}

/// Every transfer syntax.
#[must_use]
pub fn all() -> &'static [TransferSyntax] {
    TABLE
}

impl TransferSyntax {
    /// The UID.
    #[must_use]
    pub fn uid(&self) -> &'static str {
        dictionary::uid_entry(self.entry).map_or("", |entry| entry.uid)
    }

    /// The name in PS3.6 Table A-1.
    #[must_use]
    pub fn name(&self) -> &'static str {
        dictionary::uid_entry(self.entry).map_or("", |entry| entry.name)
    }

    /// The keyword in PS3.6 Table A-1; empty for a private transfer syntax.
    #[must_use]
    pub fn keyword(&self) -> &'static str {
        dictionary::uid_entry(self.entry).map_or("", |entry| entry.keyword)
    }

    /// True when the standard has retired it.
    #[must_use]
    pub fn is_retired(&self) -> bool {
        dictionary::uid_entry(self.entry).is_some_and(|entry| entry.retired)
    }

    /// VR form and byte order of the data set, once it is inflated.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The byte order of native Pixel Data: that of the data set but for the private one of GE.
    #[must_use]
    pub const fn pixel_byte_order(&self) -> ByteOrder {
        self.pixel_byte_order
    }

    /// True when all that follows the file meta information is deflated.
    #[must_use]
    pub const fn is_deflated(&self) -> bool {
        self.deflated
    }

    /// Where the pixels are.
    #[must_use]
    pub const fn pixel_data(&self) -> PixelDataForm {
        self.pixel_data
    }

    /// True when Pixel Data is a sequence of fragments (PS3.5 A.4).
    #[must_use]
    pub const fn is_encapsulated(&self) -> bool {
        matches!(self.pixel_data, PixelDataForm::Encapsulated)
    }

    /// The kind of codec that reads the frames.
    #[must_use]
    pub const fn codec(&self) -> CodecFamily {
        self.codec
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dictionary::{UidKind, table_rows};

    fn uid(text: &str) -> Uid {
        Uid::from_value(text.as_bytes()).unwrap()
    }

    #[test]
    fn has_every_transfer_syntax_of_the_uid_dictionary() {
        let mut count = 0;
        for [text, name, keyword, kind, retired] in
            table_rows::<5>(include_str!("dictionary/tables/uids.tsv"))
        {
            let found = transfer_syntax(&uid(text));
            assert_eq!(found.is_some(), kind == "Transfer Syntax", "{text}");
            if let Some(found) = found {
                count += 1;
                assert_eq!((found.uid(), found.name(), found.keyword()), (text, name, keyword));
                assert_eq!(found.is_retired(), retired == "Y");
                assert_eq!(dictionary::uid(text).unwrap().kind, UidKind::TransferSyntax);
            }
        }
        assert_eq!(count, all().len());
        assert_eq!(transfer_syntax(&uid("1.2.3")), None);
    }

    #[test]
    fn ps3_5_10_encodings() {
        assert_eq!(IMPLICIT_VR_LITTLE_ENDIAN.encoding(), Encoding::IMPLICIT_LITTLE);
        assert_eq!(EXPLICIT_VR_LITTLE_ENDIAN.encoding(), Encoding::EXPLICIT_LITTLE);
        assert_eq!(EXPLICIT_VR_BIG_ENDIAN.encoding(), Encoding::EXPLICIT_BIG);
        assert_eq!(transfer_syntax(&uid("1.2.840.10008.1.2.2")), Some(&EXPLICIT_VR_BIG_ENDIAN));
        assert!(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN.is_deflated());
        assert!(!DEFLATED_IMAGE_FRAME_COMPRESSION.is_deflated());
        let ge = GE_PRIVATE_BIG_ENDIAN_PIXEL_DATA;
        assert_eq!((ge.encoding(), ge.pixel_byte_order()), (Encoding::IMPLICIT_LITTLE, ByteOrder::Big));
    }

    #[test]
    fn ps3_5_a_4_encapsulated_is_explicit_little_endian() {
        for syntax in all().iter().filter(|syntax| syntax.is_encapsulated()) {
            assert_eq!(syntax.encoding(), Encoding::EXPLICIT_LITTLE, "{}", syntax.uid());
            assert!(!syntax.is_deflated());
            assert_ne!(syntax.codec(), CodecFamily::None);
        }
        assert_eq!(RLE_LOSSLESS.codec(), CodecFamily::Rle);
        assert!(RLE_LOSSLESS.is_encapsulated() && !EXPLICIT_VR_LITTLE_ENDIAN.is_encapsulated());
    }
}
