//! The file format around a codestream (ISO/IEC 15444-1 Annex I): boxes, which DICOM does not have.

/// The first box of a file.
const SIGNATURE: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";

/// The codestream, and whether it stood in boxes.
pub(super) fn codestream(bytes: &[u8]) -> Result<(&[u8], bool), String> {
    if !bytes.starts_with(SIGNATURE) {
        return Ok((bytes, false));
    }
    let mut rest = bytes;
    loop {
        let (kind, content, behind) = next_box(rest).ok_or("boxes without a codestream")?;
        if kind == b"jp2c" {
            return Ok((content, true));
        }
        rest = behind;
    }
}

/// Kind and content of the first box, and what is behind it. One that is longer than the input ends with it.
fn next_box(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = match u32::from_be_bytes(*length) {
        0 => return Some((kind, rest, &[])),
        1 => {
            let (length, rest) = rest.split_first_chunk::<8>()?;
            (u64::from_be_bytes(*length).checked_sub(16)?, rest)
        }
        length => (u64::from(length).checked_sub(8)?, rest),
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
    let (content, behind) = rest.split_at_checked(length)?;
    Some((kind, content, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len() + 8).unwrap();
        [&length.to_be_bytes()[..], kind, content].concat()
    }

    #[test]
    fn takes_the_codestream_out_of_its_boxes() {
        let long = [&[0, 0, 0, 1][..], b"jp2c", &18_u64.to_be_bytes(), &[0xFF, 0x4F]].concat();
        let open = [&[0, 0, 0, 0][..], b"jp2c", &[0xFF, 0x4F]].concat();
        for codestream_box in [boxed(b"jp2c", &[0xFF, 0x4F]), long, open] {
            let file = [SIGNATURE, &boxed(b"ftyp", b"jp2 "), &boxed(b"jp2h", &[]), &codestream_box].concat();
            assert_eq!(codestream(&file), Ok((&[0xFF, 0x4F][..], true)));
            for cut in SIGNATURE.len()..file.len() - codestream_box.len() {
                assert!(codestream(&file[..cut]).is_err(), "{cut}");
            }
        }
        assert_eq!(codestream(&[0xFF, 0x4F]), Ok((&[0xFF, 0x4F][..], false)));
        assert!(codestream(&[SIGNATURE, &[0, 0, 0, 7], b"free", &[0; 9]].concat()).is_err());
    }
}
