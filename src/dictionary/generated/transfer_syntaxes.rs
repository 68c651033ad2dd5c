// Written by generate.py from tables/; do not edit.
use crate::dataset::{ByteOrder, Encoding, VrForm};
use crate::transfer_syntax::{CodecFamily, PixelDataForm, TransferSyntax};

/// Implicit VR Little Endian, 1.2.840.10008.1.2.
pub const IMPLICIT_VR_LITTLE_ENDIAN: TransferSyntax = TransferSyntax { entry: 0, encoding: Encoding { vr_form: VrForm::Implicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Native, codec: CodecFamily::None };
/// Explicit VR Little Endian, 1.2.840.10008.1.2.1.
pub const EXPLICIT_VR_LITTLE_ENDIAN: TransferSyntax = TransferSyntax { entry: 1, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Native, codec: CodecFamily::None };
/// Encapsulated Uncompressed Explicit VR Little Endian, 1.2.840.10008.1.2.1.98.
pub const ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN: TransferSyntax = TransferSyntax { entry: 2, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Uncompressed };
/// Deflated Explicit VR Little Endian, 1.2.840.10008.1.2.1.99.
pub const DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN: TransferSyntax = TransferSyntax { entry: 3, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: true, pixel_data: PixelDataForm::Native, codec: CodecFamily::None };
/// Explicit VR Big Endian, 1.2.840.10008.1.2.2.
pub const EXPLICIT_VR_BIG_ENDIAN: TransferSyntax = TransferSyntax { entry: 4, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Big }, pixel_byte_order: ByteOrder::Big, deflated: false, pixel_data: PixelDataForm::Native, codec: CodecFamily::None };
/// JPEG XL Lossless, 1.2.840.10008.1.2.4.110.
pub const JPEG_XL_LOSSLESS: TransferSyntax = TransferSyntax { entry: 21, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegXl };
/// JPEG XL JPEG Recompression, 1.2.840.10008.1.2.4.111.
pub const JPEG_XL_JPEG_RECOMPRESSION: TransferSyntax = TransferSyntax { entry: 22, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegXl };
/// JPEG XL, 1.2.840.10008.1.2.4.112.
pub const JPEG_XL: TransferSyntax = TransferSyntax { entry: 23, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegXl };
/// High-Throughput JPEG 2000 Image Compression (Lossless Only), 1.2.840.10008.1.2.4.201.
pub const HTJ2K_LOSSLESS: TransferSyntax = TransferSyntax { entry: 24, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::HighThroughputJpeg2000 };
/// High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only), 1.2.840.10008.1.2.4.202.
pub const HTJ2K_LOSSLESS_RPCL: TransferSyntax = TransferSyntax { entry: 25, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::HighThroughputJpeg2000 };
/// High-Throughput JPEG 2000 Image Compression, 1.2.840.10008.1.2.4.203.
pub const HTJ2K: TransferSyntax = TransferSyntax { entry: 26, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::HighThroughputJpeg2000 };
/// JPEG Baseline (Process 1), 1.2.840.10008.1.2.4.50.
pub const JPEG_BASELINE_8_BIT: TransferSyntax = TransferSyntax { entry: 29, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg };
/// JPEG Extended (Process 2 and 4), 1.2.840.10008.1.2.4.51.
pub const JPEG_EXTENDED_12_BIT: TransferSyntax = TransferSyntax { entry: 30, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg };
/// JPEG Lossless, Non-Hierarchical (Process 14), 1.2.840.10008.1.2.4.57.
pub const JPEG_LOSSLESS: TransferSyntax = TransferSyntax { entry: 36, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegLossless };
/// JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1]), 1.2.840.10008.1.2.4.70.
pub const JPEG_LOSSLESS_SV1: TransferSyntax = TransferSyntax { entry: 46, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegLossless };
/// JPEG-LS Lossless Image Compression, 1.2.840.10008.1.2.4.80.
pub const JPEG_LS_LOSSLESS: TransferSyntax = TransferSyntax { entry: 47, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegLs };
/// JPEG-LS Lossy (Near-Lossless) Image Compression, 1.2.840.10008.1.2.4.81.
pub const JPEG_LS_NEAR_LOSSLESS: TransferSyntax = TransferSyntax { entry: 48, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegLs };
/// JPEG 2000 Image Compression (Lossless Only), 1.2.840.10008.1.2.4.90.
pub const JPEG_2000_LOSSLESS: TransferSyntax = TransferSyntax { entry: 49, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg2000 };
/// JPEG 2000 Image Compression, 1.2.840.10008.1.2.4.91.
pub const JPEG_2000: TransferSyntax = TransferSyntax { entry: 50, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg2000 };
/// RLE Lossless, 1.2.840.10008.1.2.5.
pub const RLE_LOSSLESS: TransferSyntax = TransferSyntax { entry: 55, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Rle };
/// Deflated Image Frame Compression, 1.2.840.10008.1.2.8.1.
pub const DEFLATED_IMAGE_FRAME_COMPRESSION: TransferSyntax = TransferSyntax { entry: 61, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::DeflatedFrame };
/// GE Private Implicit VR Little Endian with Big Endian Pixel Data, 1.2.840.113619.5.2.
pub const GE_PRIVATE_BIG_ENDIAN_PIXEL_DATA: TransferSyntax = TransferSyntax { entry: 63, encoding: Encoding { vr_form: VrForm::Implicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Big, deflated: false, pixel_data: PixelDataForm::Native, codec: CodecFamily::None };

/// Every transfer syntax, in the order of the UID entries.
pub(crate) static TABLE: &[TransferSyntax] = &[
    IMPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN,
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    TransferSyntax { entry: 5, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg2 },
    TransferSyntax { entry: 6, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg2 },
    TransferSyntax { entry: 7, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg2 },
    TransferSyntax { entry: 8, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg2 },
    TransferSyntax { entry: 9, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 10, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 11, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 12, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 13, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 14, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 15, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 16, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 17, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 18, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Mpeg4 },
    TransferSyntax { entry: 19, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Hevc },
    TransferSyntax { entry: 20, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Hevc },
    JPEG_XL_LOSSLESS,
    JPEG_XL_JPEG_RECOMPRESSION,
    JPEG_XL,
    HTJ2K_LOSSLESS,
    HTJ2K_LOSSLESS_RPCL,
    HTJ2K,
    TransferSyntax { entry: 27, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Referenced, codec: CodecFamily::Jpip },
    TransferSyntax { entry: 28, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: true, pixel_data: PixelDataForm::Referenced, codec: CodecFamily::Jpip },
    JPEG_BASELINE_8_BIT,
    JPEG_EXTENDED_12_BIT,
    TransferSyntax { entry: 31, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg },
    TransferSyntax { entry: 32, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg },
    TransferSyntax { entry: 33, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg },
    TransferSyntax { entry: 34, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg },
    TransferSyntax { entry: 35, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg },
    JPEG_LOSSLESS,
    TransferSyntax { entry: 37, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegLossless },
    TransferSyntax { entry: 38, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegHierarchical },
    TransferSyntax { entry: 39, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegHierarchical },
    TransferSyntax { entry: 40, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegHierarchical },
    TransferSyntax { entry: 41, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegHierarchical },
    TransferSyntax { entry: 42, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegHierarchical },
    TransferSyntax { entry: 43, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegHierarchical },
    TransferSyntax { entry: 44, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegHierarchical },
    TransferSyntax { entry: 45, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::JpegHierarchical },
    JPEG_LOSSLESS_SV1,
    JPEG_LS_LOSSLESS,
    JPEG_LS_NEAR_LOSSLESS,
    JPEG_2000_LOSSLESS,
    JPEG_2000,
    TransferSyntax { entry: 51, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg2000 },
    TransferSyntax { entry: 52, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Encapsulated, codec: CodecFamily::Jpeg2000 },
    TransferSyntax { entry: 53, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Referenced, codec: CodecFamily::Jpip },
    TransferSyntax { entry: 54, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: true, pixel_data: PixelDataForm::Referenced, codec: CodecFamily::Jpip },
    RLE_LOSSLESS,
    TransferSyntax { entry: 56, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Native, codec: CodecFamily::None },
    TransferSyntax { entry: 57, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Native, codec: CodecFamily::None },
    TransferSyntax { entry: 58, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Referenced, codec: CodecFamily::Smpte2110 },
    TransferSyntax { entry: 59, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Referenced, codec: CodecFamily::Smpte2110 },
    TransferSyntax { entry: 60, encoding: Encoding { vr_form: VrForm::Explicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Referenced, codec: CodecFamily::Smpte2110 },
    DEFLATED_IMAGE_FRAME_COMPRESSION,
    TransferSyntax { entry: 62, encoding: Encoding { vr_form: VrForm::Implicit, byte_order: ByteOrder::Little }, pixel_byte_order: ByteOrder::Little, deflated: false, pixel_data: PixelDataForm::Native, codec: CodecFamily::None },
    GE_PRIVATE_BIG_ENDIAN_PIXEL_DATA,
];
