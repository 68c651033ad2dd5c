//! Person names (PS3.5 §6.2.1): up to three component groups of up to five components.

use crate::error::WarningKind;

/// A decoded PN value and its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersonName<'a> {
    text: &'a str,
}

/// One component group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ComponentGroup<'a> {
    text: &'a str,
}

impl<'a> PersonName<'a> {
    /// Takes a decoded value; empty groups at its end are dropped.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text: trim(text) }
    }

    /// The name as written, without empty groups at its end.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// The group in letters, the first.
    #[must_use]
    pub fn alphabetic(self) -> ComponentGroup<'a> {
        self.group(0)
    }

    /// The group in ideographs, the second.
    #[must_use]
    pub fn ideographic(self) -> ComponentGroup<'a> {
        self.group(1)
    }

    /// The group that gives the sound, the third.
    #[must_use]
    pub fn phonetic(self) -> ComponentGroup<'a> {
        self.group(2)
    }

    /// The groups that are there, also those beyond the third.
    pub fn groups(self) -> impl Iterator<Item = ComponentGroup<'a>> {
        self.text.split('=').map(|text| ComponentGroup { text })
    }

    fn group(self, number: usize) -> ComponentGroup<'a> {
        self.groups().nth(number).unwrap_or_default()
    }
}

impl<'a> ComponentGroup<'a> {
    /// The group as written.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// The first component.
    #[must_use]
    pub fn family_name(self) -> &'a str {
        self.component(0)
    }

    /// The second component.
    #[must_use]
    pub fn given_name(self) -> &'a str {
        self.component(1)
    }

    /// The third component.
    #[must_use]
    pub fn middle_name(self) -> &'a str {
        self.component(2)
    }

    /// The fourth component.
    #[must_use]
    pub fn name_prefix(self) -> &'a str {
        self.component(3)
    }

    /// The fifth component.
    #[must_use]
    pub fn name_suffix(self) -> &'a str {
        self.component(4)
    }

    /// The components that are there, also those beyond the fifth.
    pub fn components(self) -> impl Iterator<Item = &'a str> {
        self.text.split('^')
    }

    fn component(self, number: usize) -> &'a str {
        self.components().nth(number).unwrap_or_default()
    }
}

/// The name without empty groups at its end.
#[must_use]
pub fn trim(text: &str) -> &str {
    text.trim_end_matches('=')
}

/// The most component groups of a name.
pub(super) const GROUPS: usize = 3;
/// The most components of a group.
pub(super) const COMPONENTS: usize = 5;

/// How many parts a name has.
pub(super) struct Parts {
    pub groups: usize,
    /// Of the group that has most.
    pub components: usize,
}

/// Counts the parts of a name, empty ones too.
pub(super) fn count(text: &str) -> Parts {
    let (mut groups, mut components, mut most) = (1_usize, 1_usize, 1_usize);
    for byte in text.bytes() {
        match byte {
            b'=' => (groups, components) = (groups + 1, 1),
            b'^' => components += 1,
            _ => continue,
        }
        most = most.max(components);
    }
    Parts { groups, components: most }
}

/// What is wrong with the structure of a name.
#[must_use]
pub fn check(text: &str) -> Option<WarningKind> {
    let Parts { groups, components } = count(text);
    let nothing = groups > 1 && trim(text).is_empty();
    (groups > GROUPS || components > COMPONENTS || nothing).then_some(WarningKind::InvalidPersonName)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ps3_5_6_2_1_groups_and_components() {
        let name = PersonName::new("Yamada^Tarou^M^Dr^Jr=山田^太郎=やまだ^たろう");
        let group = name.alphabetic();
        assert_eq!(
            [group.family_name(), group.given_name(), group.middle_name(), group.name_prefix()],
            ["Yamada", "Tarou", "M", "Dr"]
        );
        assert_eq!(group.name_suffix(), "Jr");
        assert_eq!(name.ideographic().family_name(), "山田");
        assert_eq!(name.phonetic().as_str(), "やまだ^たろう");
        assert_eq!(check(name.as_str()), None);
    }

    #[test]
    fn absent_parts_are_empty() {
        let name = PersonName::new("Adams==");
        assert_eq!(name.as_str(), "Adams");
        assert_eq!((name.ideographic().as_str(), name.alphabetic().name_suffix()), ("", ""));
        assert_eq!(PersonName::new("=山田").alphabetic().family_name(), "");
        assert_eq!(check(""), None);
        assert_eq!(check("=山田"), None);
    }

    #[test]
    fn too_many_parts_are_kept_and_told() {
        for text in ["a=b=c=d", "a^b^c^d^e^f", "x=a^b^c^d^e^f", "=", "=="] {
            assert_eq!(check(text), Some(WarningKind::InvalidPersonName), "{text}");
        }
        assert_eq!(PersonName::new("a=b=c=d").groups().count(), 4);
        assert_eq!(PersonName::new("a^b^c^d^e^f").alphabetic().components().last(), Some("f"));
    }
}
