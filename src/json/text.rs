//! Strings of JSON (RFC 8259 §7).

/// Writes `text` as a string: quoted, with quotes, backslashes and control characters escaped.
pub fn push_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(place) = rest.iter().position(|byte| *byte < 0x20 || matches!(byte, b'"' | b'\\')) {
        let (plain, special) = rest.split_at(place);
        out.extend_from_slice(plain);
        if let Some((byte, behind)) = special.split_first() {
            push_escape(out, *byte);
            rest = behind;
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0C => b'f',
        _ => {
            let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_must_be_and_nothing_else() {
        let mut out = Vec::new();
        push_text(&mut out, "a\"b\\c\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}é\u{2028}山");
        let expected = "\"a\\\"b\\\\c\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}é\u{2028}山\"";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn every_character_comes_back() {
        for code in (0..0x3000).chain(0xFF00..0x1_0100) {
            let Some(character) = char::from_u32(code) else { continue };
            let text = format!("x{character}y");
            let mut out = Vec::new();
            push_text(&mut out, &text);
            assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }
}
