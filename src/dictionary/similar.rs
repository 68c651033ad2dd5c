//! The keyword that somebody may have meant.

use super::attribute::keywords;

/// Edits (a letter more, less, another or two swapped) that a mistyped keyword may have.
const MAX_EDITS: usize = 2;
/// Longer text is no keyword with a mistake in it: the longest keyword has 64 letters.
const MAX_LENGTH: usize = 80;

/// The keyword nearest to `text`, which is none itself, where one differs by a letter or two or by the case of letters.
///
/// For error messages: it goes through the whole dictionary.
#[must_use]
pub fn similar_keyword(text: &str) -> Option<&'static str> {
    let text = text.as_bytes();
    if text.len() > MAX_LENGTH {
        return None;
    }
    // Short words are all alike: of four letters, one may be wrong.
    let allowed = MAX_EDITS.min(text.len() / 4);
    let folded = |keyword: &str| keyword.as_bytes().eq_ignore_ascii_case(text).then_some(0);
    let near = keywords().filter_map(|(keyword, _)| {
        let edits = folded(keyword).or_else(|| edits(text, keyword.as_bytes(), allowed))?;
        Some((edits, keyword))
    });
    near.min_by_key(|(edits, _)| *edits).map(|(_, keyword)| keyword)
}

/// The least number of edits between two texts; `None` where there are more than `allowed`.
fn edits(a: &[u8], b: &[u8], allowed: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > allowed {
        return None;
    }
    // What begins and ends alike needs no edits: mostly nothing of the text is left to look at.
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(same..)?, b.get(same..)?);
    let same = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (a.get(..a.len() - same)?, b.get(..b.len() - same)?);
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j + 1) + 1).min(at(&row, j) + 1).min(at(&last, j) + usize::from(x != y));
            let is_swap = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if is_swap {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        if row.iter().all(|edits| *edits > allowed) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().filter(|edits| *edits <= allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        for (text, keyword) in [
            ("PatientNam", "PatientName"),
            ("PatinetName", "PatientName"),
            ("patientname", "PatientName"),
            ("PatientsName", "PatientName"),
            ("SliceThicknes", "SliceThickness"),
            ("Modalty", "Modality"),
            ("PixelRepresentaton", "PixelRepresentation"),
        ] {
            assert_eq!(similar_keyword(text), Some(keyword), "{text}");
        }
    }

    #[test]
    fn leaves_alone_what_is_something_else() {
        for text in ["", "X", "MyLabel", "Foo", "Tag", "Loader", "PrivateNotes", &"A".repeat(200)] {
            assert_eq!(similar_keyword(text), None, "{text}");
        }
    }

    #[test]
    fn counts_edits() {
        assert_eq!(edits(b"abcdef", b"abdcef", 2), Some(1));
        assert_eq!(edits(b"abcdef", b"bcdef", 2), Some(1));
        assert_eq!(edits(b"abcdef", b"abXdXf", 2), Some(2));
        assert_eq!(edits(b"abcdef", b"ghijkl", 2), None);
        assert_eq!(edits(b"", b"ab", 2), Some(2));
        assert_eq!(edits(b"abc", b"abc", 0), Some(0));
    }
}
