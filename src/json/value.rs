//! One value as JSON (PS3.18 §F.2.3).

use std::io::Write as _;

use super::context::ValueContext;
use super::number::push_decimal;
use super::text::push_text;
use crate::dataset::ByteOrder;
use crate::error::ErrorKind;
use crate::value::number::{Number, binary, numbers, tags};
use crate::value::person_name::PersonName;
use crate::value::text::values;
use crate::vr::Vr;

/// The first integer that a 64-bit number of JavaScript cannot tell from the one behind it.
const UNSAFE_INTEGER: u64 = 1 << 53;

/// What becomes of a number of FL or FD that is not finite, which JSON does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum NonFinite {
    /// An error that names the element.
    #[default]
    Refuse,
    /// `null`.
    Null,
    /// `"NaN"`, `"Infinity"` or `"-Infinity"`.
    Text,
}

/// Writes the values of one element.
pub(super) struct ValueWriter<'a> {
    pub(super) out: &'a mut Vec<u8>,
    pub(super) context: ValueContext,
    pub(super) non_finite: NonFinite,
    /// Some text so far went beyond ASCII.
    pub(super) is_beyond_ascii: &'a mut bool,
}

const KEY: &[u8] = b",\"Value\":[";

impl ValueWriter<'_> {
    /// Writes the member `Value` of text, or nothing where there is no value.
    pub(super) fn texts(&mut self, vr: Vr, bytes: &[u8]) {
        let start = self.out.len();
        for decoded in values(vr, bytes, self.context.character_set) {
            let separator = if self.out.len() == start { KEY } else { b"," };
            self.out.extend_from_slice(separator);
            match vr {
                _ if decoded.text.is_empty() => self.null(),
                Vr::PN => self.name(PersonName::new(&decoded.text)),
                Vr::DS | Vr::IS if push_decimal(self.out, decoded.text.as_bytes()) => {}
                _ => self.text(&decoded.text),
            }
        }
        self.end(start);
    }

    /// Writes the member `Value` of binary numbers, whose bytes are a multiple of their size.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidValue`] for a number that is not finite, where that is refused.
    pub(super) fn numbers(&mut self, vr: Vr, bytes: &[u8], order: ByteOrder) -> Result<(), ErrorKind> {
        let start = self.out.len();
        match vr {
            // The shortest text of 32 bits is not that of 64.
            Vr::FL => self.each(binary::<f32>(bytes, order).ok(), |this, value| {
                this.real(value.is_finite(), value.into(), |out| write!(out, "{value:?}"))
            })?,
            Vr::AT => self.each(tags(bytes, order).ok(), |this, tag| {
                this.formatted(|out| write!(out, "\"{:08X}\"", tag.0));
                Ok(())
            })?,
            _ => self.each(numbers(vr, bytes, order).ok(), Self::number)?,
        }
        self.end(start);
        Ok(())
    }

    fn each<T>(
        &mut self,
        values: Option<impl Iterator<Item = T>>,
        write: impl Fn(&mut Self, T) -> Result<(), ErrorKind>,
    ) -> Result<(), ErrorKind> {
        for (number, value) in values.into_iter().flatten().enumerate() {
            self.out.extend_from_slice(if number == 0 { KEY } else { b"," });
            write(self, value)?;
        }
        Ok(())
    }

    fn end(&mut self, start: usize) {
        if self.out.len() > start {
            self.out.push(b']');
        }
    }

    fn null(&mut self) {
        self.out.extend_from_slice(b"null");
    }

    fn text(&mut self, text: &str) {
        *self.is_beyond_ascii |= !text.is_ascii();
        push_text(self.out, text);
    }

    /// Writes a name by its groups; what stands behind the third has no place in the model.
    fn name(&mut self, name: PersonName<'_>) {
        let start = self.out.len();
        let keys: [&[u8]; 3] = [b"\"Alphabetic\":", b"\"Ideographic\":", b"\"Phonetic\":"];
        for (key, group) in
            keys.into_iter().zip(name.groups()).filter(|(_, group)| !group.as_str().is_empty())
        {
            self.out.push(if self.out.len() == start { b'{' } else { b',' });
            self.out.extend_from_slice(key);
            self.text(group.as_str());
        }
        if self.out.len() == start {
            self.null();
        } else {
            self.out.push(b'}');
        }
    }

    fn number(&mut self, number: Number) -> Result<(), ErrorKind> {
        match number {
            Number::Unsigned(value) if value < UNSAFE_INTEGER => self.formatted(|out| write!(out, "{value}")),
            Number::Signed(value) if value.unsigned_abs() < UNSAFE_INTEGER => {
                self.formatted(|out| write!(out, "{value}"));
            }
            Number::Unsigned(value) => self.formatted(|out| write!(out, "\"{value}\"")),
            Number::Signed(value) => self.formatted(|out| write!(out, "\"{value}\"")),
            Number::Real(value) => {
                return self.real(value.is_finite(), value, |out| write!(out, "{value:?}"));
            }
        }
        Ok(())
    }

    fn formatted(&mut self, write: impl Fn(&mut Vec<u8>) -> std::io::Result<()>) {
        // Writing into memory does not fail.
        let _ = write(self.out);
    }

    fn real(
        &mut self,
        is_finite: bool,
        value: f64,
        write: impl Fn(&mut Vec<u8>) -> std::io::Result<()>,
    ) -> Result<(), ErrorKind> {
        match self.non_finite {
            _ if is_finite => self.formatted(write),
            NonFinite::Refuse => {
                return Err(ErrorKind::InvalidValue("a number that is not finite, which JSON does not have"));
            }
            NonFinite::Null => self.null(),
            NonFinite::Text if value.is_nan() => push_text(self.out, "NaN"),
            NonFinite::Text => push_text(self.out, if value > 0.0 { "Infinity" } else { "-Infinity" }),
        }
        Ok(())
    }
}
