//! The file format around a codestream (ISO/IEC 15444-1 Annex I): boxes, which DICOM does not have.

/// The first box of a file.
const SIGNATURE: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";

/// The codestream, and whether it stood in boxes.
pub(super) fn codestream(bytes: &[u8]) -> Result<(&[u8], bool), String> {
    if !bytes.starts_with(SIGNATURE) {
        return Ok((bytes, false));
    }
    let found = boxes(bytes).find(|(kind, _)| *kind == b"jp2c");
    found.map(|(_, content)| (content, true)).ok_or_else(|| "boxes without a codestream".to_owned())
}

/// True where a colour specification box of the file says sYCC (ISO/IEC 15444-1 §I.5.3.3).
pub(super) fn is_sycc(bytes: &[u8]) -> bool {
    const ENUMERATED_SYCC: &[u8] = &[0, 0, 0, 18];
    if !bytes.starts_with(SIGNATURE) {
        return false;
    }
    let header = boxes(bytes).take_while(|(kind, _)| *kind != b"jp2c").find(|(kind, _)| *kind == b"jp2h");
    let mut colours = header.into_iter().flat_map(|(_, content)| boxes(content));
    // Method, precedence, approximation, the enumerated colour space.
    colours.any(|(kind, content)| match (kind, content) {
        (b"colr", [1, _, _, space @ ..]) => space == ENUMERATED_SYCC,
        _ => false,
    })
}

/// Kind and content of box after box.
fn boxes(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8; 4], &[u8])> {
    std::iter::from_fn(move || {
        let (kind, content, behind) = next_box(bytes)?;
        bytes = behind;
        Some((kind, content))
    })
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

    #[test]
    fn i_5_3_3_enumerated_colour_space() {
        let file = |colour: &[u8]| {
            let header = boxed(b"jp2h", &[boxed(b"ihdr", &[0; 14]), boxed(b"colr", colour)].concat());
            [SIGNATURE, &boxed(b"ftyp", b"jp2 "), &header, &boxed(b"jp2c", &[0xFF, 0x4F])].concat()
        };
        assert!(is_sycc(&file(&[1, 0, 0, 0, 0, 0, 18])));
        assert!(!is_sycc(&file(&[1, 0, 0, 0, 0, 0, 16])));
        assert!(!is_sycc(&file(&[2, 0, 0, 0, 0, 0, 18]))); // a profile
        assert!(!is_sycc(&[0xFF, 0x4F]));
        let whole = file(&[1, 0, 0, 0, 0, 0, 18]);
        for cut in 0..whole.len() - 10 {
            let _ = is_sycc(&whole[..cut]);
        }
    }
}
