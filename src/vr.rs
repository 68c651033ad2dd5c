//! Value representations (PS3.5 §6.2).

use std::fmt;

/// How the value length of an explicit VR element is written (PS3.5 §7.1.2), and what the value is made of.
struct Facts {
    code: [u8; 2],
    long: bool,
    kind: ValueKind,
    /// Bytes of one value in binary VRs, and what is swapped for big endian; 1 for text.
    size: u8,
}

/// What the bytes of a value are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    /// Text in the default repertoire, values separated by a backslash.
    Ascii,
    /// Text in the Specific Character Set, values separated by a backslash (SH, LO, PN, UC).
    Text,
    /// Text in the Specific Character Set where a backslash is a character (ST, LT, UT).
    SingleText,
    /// Text in the default repertoire where a backslash is a character (UR).
    SingleAscii,
    /// Fixed-size binary numbers, or pairs of 16-bit words (AT).
    Number,
    /// A string of bytes or words (OB, OD, OF, OL, OV, OW, UN).
    Bytes,
    /// A sequence of items.
    Sequence,
}

macro_rules! vrs {
    ($($name:ident $code:literal $long:literal $kind:ident $size:literal $doc:literal;)*) => {
        /// A value representation.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Vr { $(#[doc = $doc] $name),* }

        impl Vr {
            /// Every VR, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            const fn facts(self) -> Facts {
                match self {
                    $(Self::$name => Facts { code: *$code, long: $long, kind: ValueKind::$kind, size: $size }),*
                }
            }

            /// The VR with this two-letter code.
            #[must_use]
            pub const fn from_code(code: [u8; 2]) -> Option<Self> {
                match &code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The two letters of the VR.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

vrs! {
    AE b"AE" false Ascii 1 "Application Entity";
    AS b"AS" false Ascii 1 "Age String";
    AT b"AT" false Number 2 "Attribute Tag";
    CS b"CS" false Ascii 1 "Code String";
    DA b"DA" false Ascii 1 "Date";
    DS b"DS" false Ascii 1 "Decimal String";
    DT b"DT" false Ascii 1 "Date Time";
    FL b"FL" false Number 4 "Floating Point Single";
    FD b"FD" false Number 8 "Floating Point Double";
    IS b"IS" false Ascii 1 "Integer String";
    LO b"LO" false Text 1 "Long String";
    LT b"LT" false SingleText 1 "Long Text";
    OB b"OB" true Bytes 1 "Other Byte";
    OD b"OD" true Bytes 8 "Other Double";
    OF b"OF" true Bytes 4 "Other Float";
    OL b"OL" true Bytes 4 "Other Long";
    OV b"OV" true Bytes 8 "Other 64-bit Very Long";
    OW b"OW" true Bytes 2 "Other Word";
    PN b"PN" false Text 1 "Person Name";
    SH b"SH" false Text 1 "Short String";
    SL b"SL" false Number 4 "Signed Long";
    SQ b"SQ" true Sequence 1 "Sequence of Items";
    SS b"SS" false Number 2 "Signed Short";
    ST b"ST" false SingleText 1 "Short Text";
    SV b"SV" true Number 8 "Signed 64-bit Very Long";
    TM b"TM" false Ascii 1 "Time";
    UC b"UC" true Text 1 "Unlimited Characters";
    UI b"UI" false Ascii 1 "Unique Identifier";
    UL b"UL" false Number 4 "Unsigned Long";
    UN b"UN" true Bytes 1 "Unknown";
    UR b"UR" true SingleAscii 1 "Universal Resource Identifier or Locator";
    US b"US" false Number 2 "Unsigned Short";
    UT b"UT" true SingleText 1 "Unlimited Text";
    UV b"UV" true Number 8 "Unsigned 64-bit Very Long";
}

impl Vr {
    /// The two letters as bytes, as they stand in a file.
    #[must_use]
    pub const fn code(self) -> [u8; 2] {
        self.facts().code
    }

    /// True when an explicit VR header has two reserved bytes and a 32-bit length (PS3.5 Table 7.1-1).
    #[must_use]
    pub const fn has_long_length(self) -> bool {
        self.facts().long
    }

    /// What the bytes of a value are.
    #[must_use]
    pub const fn kind(self) -> ValueKind {
        self.facts().kind
    }

    /// Bytes that are swapped together in big endian; 1 for text and byte strings.
    #[must_use]
    pub const fn unit(self) -> usize {
        self.facts().size as usize
    }

    /// True when the text follows Specific Character Set (PS3.5 §6.1.2.3).
    #[must_use]
    pub const fn follows_character_set(self) -> bool {
        matches!(self.kind(), ValueKind::Text | ValueKind::SingleText)
    }

    /// True when a backslash separates values (PS3.5 §6.4).
    #[must_use]
    pub const fn has_text_values(self) -> bool {
        matches!(self.kind(), ValueKind::Ascii | ValueKind::Text)
    }

    /// The VR whose number in [`Vr::ALL`] is `number`; UN for any other number.
    #[must_use]
    pub fn from_number(number: u8) -> Self {
        Self::ALL.get(usize::from(number)).copied().unwrap_or(Self::UN)
    }
}

impl fmt::Display for Vr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Vr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vr_has_its_code_and_number() {
        assert_eq!(Vr::ALL.len(), 34);
        for (number, &vr) in Vr::ALL.iter().enumerate() {
            assert_eq!(Vr::from_code(vr.code()), Some(vr));
            assert_eq!(Vr::from_number(u8::try_from(number).unwrap()), vr);
            assert_eq!(vr.as_str().as_bytes(), vr.code());
        }
        assert_eq!(Vr::from_code(*b"ZZ"), None);
    }

    #[test]
    fn ps3_5_7_1_2_long_length_form() {
        let long: Vec<_> =
            Vr::ALL.iter().filter(|vr| vr.has_long_length()).map(ToString::to_string).collect();
        assert_eq!(long.join(" "), "OB OD OF OL OV OW SQ SV UC UN UR UT UV");
    }
}
