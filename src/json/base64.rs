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

/// No letter of the alphabet.
const NO_VALUE: u8 = 0xFF;

static VALUES: [u8; 256] = values();

// Evaluated by the compiler: an index out of range would fail the build.
#[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)]
const fn values() -> [u8; 256] {
    let mut values = [NO_VALUE; 256];
    let mut place = 0;
    while place < ALPHABET.len() {
        values[ALPHABET[place] as usize] = place as u8;
        place += 1;
    }
    values
}

/// Writes the bytes of a base64 text behind `out`; false where it is none.
pub(super) fn push_decoded(out: &mut Vec<u8>, text: &[u8]) -> bool {
    let (groups, rest) = text.as_chunks::<4>();
    let Some((last, whole)) = groups.split_last() else { return rest.is_empty() };
    out.reserve(groups.len() * 3);
    let value = |letter: u8| VALUES.get(usize::from(letter)).copied().unwrap_or(NO_VALUE);
    let mut all = 0;
    let mut word = |letters: &[u8; 4]| {
        letters.iter().fold(0_u32, |word, letter| {
            let value = value(*letter);
            all |= value;
            word << 6 | u32::from(value & 63)
        })
    };
    for letters in whole {
        let [_, a, b, c] = word(letters).to_be_bytes();
        out.extend_from_slice(&[a, b, c]);
    }
    let (letters, count) = match *last {
        [a, b, b'=', b'='] => ([a, b, b'A', b'A'], 1),
        [a, b, c, b'='] => ([a, b, c, b'A'], 2),
        letters => (letters, 3),
    };
    let [_, bytes @ ..] = word(&letters).to_be_bytes();
    out.extend(bytes.iter().take(count));
    // Bits that no byte takes are zero (RFC 4648 §3.5).
    let is_canonical = bytes.iter().skip(count).all(|byte| *byte == 0);
    rest.is_empty() && all != NO_VALUE && all & 0xC0 == 0 && is_canonical
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
            let mut decoded = Vec::new();
            assert!(push_decoded(&mut decoded, text.as_bytes()), "{text}");
            assert_eq!(decoded, bytes.as_bytes());
        }
        let mut out = Vec::new();
        push_base64(&mut out, &[0xFB, 0xEF, 0xBE, 0xFF]);
        assert_eq!(out, b"++++/w==");
    }

    #[test]
    fn refuses_what_is_no_base64() {
        for text in [
            "A", "AA", "AAA", "AAAAA", "A===", "====", "AA=A", "A=AA", "Zg==Zg==", "Zh==", "Zm9=", "Z g=",
            "-_AA", "éAA",
        ] {
            assert!(!push_decoded(&mut Vec::new(), text.as_bytes()), "{text}");
        }
    }
}
