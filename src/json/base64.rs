//! Base64 (RFC 4648 §4), piece by piece.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn letter(value: u32) -> u8 {
    ALPHABET.get(value as usize & 63).copied().unwrap_or(b'A')
}

/// Writes `bytes` behind `out`. Pieces can follow each other where all but the last are multiples of three bytes.
pub(super) fn push_base64(out: &mut Vec<u8>, bytes: &[u8]) {
    let (whole, rest) = bytes.as_chunks::<3>();
    out.reserve(whole.len() * 4 + 4);
    out.extend(whole.iter().flat_map(|[a, b, c]| {
        let word = u32::from(*a) << 16 | u32::from(*b) << 8 | u32::from(*c);
        [letter(word >> 18), letter(word >> 12), letter(word >> 6), letter(word)]
    }));
    match rest {
        [a] => {
            let word = u32::from(*a) << 4;
            out.extend_from_slice(&[letter(word >> 6), letter(word), b'=', b'=']);
        }
        [a, b] => {
            let word = u32::from(*a) << 10 | u32::from(*b) << 2;
            out.extend_from_slice(&[letter(word >> 12), letter(word >> 6), letter(word), b'=']);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_4648_10_test_vectors() {
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (bytes, text) in vectors {
            let mut out = Vec::new();
            push_base64(&mut out, bytes.as_bytes());
            assert_eq!(String::from_utf8(out).unwrap(), text);
        }
        let mut out = Vec::new();
        push_base64(&mut out, &[0xFB, 0xEF, 0xBE, 0xFF]);
        assert_eq!(out, b"++++/w==");
    }
}
