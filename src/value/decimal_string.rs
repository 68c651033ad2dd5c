//! Numbers as Decimal Strings (PS3.5 §6.2: DS): at most 16 characters.

/// The most characters of a DS value.
pub(super) const LONGEST: usize = 16;

/// The nearest decimal of at most 16 characters; `None` for NaN and the infinities, which DS does not have.
///
/// Where the shortest text that gives the same number again is short enough, it is that text, as Python's `repr` has
/// it. All others are rounded to as many digits as 16 characters hold in some notation: a fixed point number, one with an
/// exponent, or an integer with an exponent.
#[must_use]
pub fn decimal_string(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let shortest = Decimal::new(&format!("{value:e}"))?;
    let usual = shortest.usual();
    if usual.len() <= LONGEST {
        return Some(usual);
    }
    // More digits are never farther from the number, whatever the notation.
    let rounded = (1..=LONGEST).rev().filter_map(|digits| shortest.rounded(value, digits));
    std::iter::once(shortest.clone()).chain(rounded).find_map(|decimal| {
        let notations = [decimal.fixed(), decimal.exponential(), decimal.integral()];
        notations.into_iter().find(|text| text.len() <= LONGEST)
    })
}

/// Digits, without zeros at the end, and the power of ten of the first.
#[derive(Clone)]
struct Decimal {
    sign: &'static str,
    digits: String,
    exponent: i32,
}

impl Decimal {
    /// Takes what Rust writes: `-1.25e-7`.
    fn new(text: &str) -> Option<Self> {
        let (mantissa, exponent) = text.split_once('e')?;
        let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |mantissa| ("-", mantissa));
        let digits = mantissa.replace('.', "");
        // The first digit of zero stays.
        let kept = digits.trim_end_matches('0').len().max(1);
        Some(Self { sign, digits: digits.get(..kept)?.to_owned(), exponent: exponent.parse().ok()? })
    }

    /// `value`, of which this is the shortest text, in at most so many digits.
    fn rounded(&self, value: f64, digits: usize) -> Option<Self> {
        let rounded = Self::new(&format!("{value:.*e}", digits.checked_sub(1)?))?;
        if rounded.exponential().parse().is_ok_and(f64::is_finite) {
            return Some(rounded);
        }
        // The greatest numbers must not be rounded beyond all numbers.
        Some(Self { digits: self.digits.get(..digits).unwrap_or(&self.digits).to_owned(), ..self.clone() })
    }

    /// As Python writes it.
    fn usual(&self) -> String {
        if !(-4..16).contains(&self.exponent) {
            let sign = if self.exponent < 0 { '-' } else { '+' };
            return format!("{}e{sign}{:02}", self.mantissa(), self.exponent.unsigned_abs());
        }
        let fixed = self.fixed();
        if fixed.contains('.') { fixed } else { fixed + ".0" }
    }

    /// `0.00125`, `125`, `12.5`
    fn fixed(&self) -> String {
        let Self { sign, digits, exponent } = self;
        let places = usize::try_from(exponent.unsigned_abs()).unwrap_or_default();
        if *exponent < 0 {
            return format!("{sign}0.{}{digits}", "0".repeat(places.saturating_sub(1)));
        }
        match digits.split_at_checked(places + 1) {
            Some((whole, "")) => format!("{sign}{whole}"),
            Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
            None => format!("{sign}{digits:0<width$}", width = places + 1),
        }
    }

    /// `1.25e-7`
    fn exponential(&self) -> String {
        format!("{}e{}", self.mantissa(), self.exponent)
    }

    /// `125e-9`: no point, and often a shorter exponent.
    fn integral(&self) -> String {
        let last = i32::try_from(self.digits.len() - 1).unwrap_or_default();
        format!("{}{}e{}", self.sign, self.digits, self.exponent - last)
    }

    fn mantissa(&self) -> String {
        let (first, rest) = self.digits.split_at_checked(1).unwrap_or_default();
        let point = if rest.is_empty() { "" } else { "." };
        format!("{}{first}{point}{rest}", self.sign)
    }
}

#[cfg(test)]
mod tests;
