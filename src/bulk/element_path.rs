//! Where in a data set a column's element stands: a tag, or a path into sequences.

use std::fmt;

use crate::dataset::{DatasetView, ElementView};
use crate::dictionary::{self, DictionaryVr, Vm};
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::value::number::Binary;
use crate::vr::Vr;

/// What is wrong with the text of a column. It is the caller's text: it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnError(pub(super) String);

impl fmt::Display for ColumnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}", self.0)
    }
}

impl std::error::Error for ColumnError {}

impl ColumnError {
    /// The same, for a path that is no column.
    #[must_use]
    pub fn of_path(&self) -> &str {
        &self.0
    }
}

/// An attribute: by its tag, or by the private creator whose block can be any one (PS3.5 §7.8.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// A tag.
    Tag(Tag),
    /// (gggg,xxee) of a private creator.
    Private {
        /// The group.
        group: u16,
        /// The private creator.
        creator: Box<str>,
        /// The low byte of the element number.
        element: u8,
    },
}

impl Attribute {
    /// Reads a keyword, a tag, or a private creator with group and element in parentheses.
    ///
    /// # Errors
    /// Says that it is none of these, and which keyword may be meant.
    pub fn parse(name: &str) -> Result<Self, ColumnError> {
        let found = match name.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
            Some(inner) => parenthesised(inner),
            None => plain(name),
        };
        found.ok_or_else(|| {
            let similar = dictionary::similar_keyword(name);
            let meant = similar.map_or_else(String::new, |keyword| format!(": did you mean {keyword}?"));
            ColumnError(format!(
                "{name:?} is no keyword of the dictionary, no tag such as 00280010 or (0028,0010), and no private \
                 element such as (0043,GEMS_PARM_01,39){meant}"
            ))
        })
    }

    /// What the dictionary says of it.
    pub(super) fn facts(&self) -> Option<(DictionaryVr, Vm)> {
        match self {
            Self::Tag(tag) => dictionary::attribute(*tag).map(|found| (found.vr, found.vm)),
            Self::Private { group, creator, element } => {
                let tag = Tag::new(*group, 0x1000 | u16::from(*element));
                dictionary::private_attribute(creator, tag).map(|found| (found.vr, found.vm))
            }
        }
    }

    /// The ranges of tags in which it can stand, its private creators included.
    pub(super) fn ranges(&self) -> Vec<(Tag, Tag)> {
        match self {
            Self::Tag(tag) => tag.creator().into_iter().chain([*tag]).map(|tag| (tag, tag)).collect(),
            Self::Private { group, .. } => vec![
                (Tag::new(*group, 0x10), Tag::new(*group, 0xFF)),
                (Tag::new(*group, 0x1000), Tag::new(*group, 0xFFFF)),
            ],
        }
    }

    /// The element in a data set; of duplicates the last.
    #[must_use]
    pub fn find<'a>(&self, set: DatasetView<'a>) -> Option<ElementView<'a>> {
        match self {
            Self::Tag(tag) => set.find(*tag),
            Self::Private { group, creator, element } => {
                let is_creator = |found: &ElementView<'_>| {
                    found.tag().group() == *group
                        && found.tag().is_private_creator()
                        && found.value().is_some_and(|value| crate::uid::trim(value) == creator.as_bytes())
                };
                // A creator can reserve more than one block.
                let blocks = set.elements().filter(is_creator).map(|found| found.tag().element());
                blocks.filter_map(|block| set.find(Tag::new(*group, block << 8 | u16::from(*element)))).last()
            }
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => match dictionary::attribute(*tag) {
                Some(found)
                    if !found.keyword.is_empty()
                        && dictionary::tag_for_keyword(found.keyword.as_bytes()) == Some(*tag) =>
                {
                    f.write_str(found.keyword)
                }
                _ => write!(f, "{tag}"),
            },
            Self::Private { group, creator, element } => write!(f, "({group:04X},{creator},{element:02X})"),
        }
    }
}

/// Which items of a sequence are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Items {
    /// The one with this zero-based number.
    One(u32),
    /// All, which makes a list.
    All,
}

/// A path to an element: `Rows`, `(0028,0010)`, `00280010`, `(0043,GEMS_PARM_01,39)`, or one of these behind sequences
/// with the number of an item, as in `SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementPath {
    /// The sequences from the root down.
    pub sequences: Vec<(Attribute, Items)>,
    /// The element.
    pub element: Attribute,
}

impl ElementPath {
    /// Reads a path.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, ColumnError> {
        let mut sequences = Vec::new();
        let mut rest = text.trim();
        loop {
            let end = name_end(rest);
            let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            let attribute = attribute(name.trim(), text)?;
            if after.is_empty() {
                return Ok(Self { sequences, element: attribute });
            }
            let (items, after) = items(after, text)?;
            if !matches!(attribute.facts(), None | Some((DictionaryVr::One(Vr::SQ | Vr::UN), _))) {
                return Err(ColumnError(format!("{text:?}: {attribute} is not a sequence")));
            }
            sequences.push((attribute, items));
            rest = after;
        }
    }

    /// True when the path leads to more than one element.
    #[must_use]
    pub fn is_many(&self) -> bool {
        self.sequences.iter().any(|(_, items)| *items == Items::All)
    }

    /// Calls `visit` with every data set in which the element can stand. `first` is the first sequence of the path.
    pub(super) fn each<'a>(
        &self,
        first: ElementView<'a>,
        root: &Place<'a>,
        visit: &mut dyn FnMut(&Place<'a>),
    ) {
        if let Some(((_, items), rest)) = self.sequences.split_first() {
            enter(first, *items, rest, root, visit);
        }
    }
}

/// A data set, and what its values depend on beside their bytes.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) set: DatasetView<'a>,
    pub(super) character_set: CharacterSet,
    /// Pixel Representation is 1: what is US or SS is SS.
    pub(super) is_signed: bool,
}

impl<'a> Place<'a> {
    /// The root of a file.
    pub(super) fn root(set: DatasetView<'a>, character_set: CharacterSet) -> Self {
        Self { set, character_set, is_signed: is_signed(set).unwrap_or(false) }
    }

    /// An item of a sequence in this data set: it has its own Specific Character Set or inherits this one's
    /// (PS3.3 §C.12.1.1.2), and so with Pixel Representation.
    fn item(&self, set: DatasetView<'a>) -> Self {
        let own = set.find(Tag::SPECIFIC_CHARACTER_SET).and_then(|found| found.value());
        let inherited = self.character_set;
        let character_set = own.map_or(inherited, |value| CharacterSet::from_value(value, inherited).0);
        Self { set, character_set, is_signed: is_signed(set).unwrap_or(self.is_signed) }
    }
}

fn is_signed(set: DatasetView<'_>) -> Option<bool> {
    let element = set.find(Tag::PIXEL_REPRESENTATION)?;
    let value = element.value().filter(|value| value.len() == 2)?;
    Some(u16::first(value, element.byte_order())? == 1)
}

/// Goes into items of a sequence, and on along the path. The path is the caller's, so its length bounds the depth.
fn enter<'a>(
    sequence: ElementView<'a>,
    items: Items,
    rest: &[(Attribute, Items)],
    outer: &Place<'a>,
    visit: &mut dyn FnMut(&Place<'a>),
) {
    let mut descend = |set| {
        let place = outer.item(set);
        match rest.split_first() {
            None => visit(&place),
            Some(((attribute, items), rest)) => {
                if let Some(sequence) = attribute.find(set) {
                    enter(sequence, *items, rest, &place, visit);
                }
            }
        }
    };
    match items {
        Items::All => sequence.items().for_each(descend),
        Items::One(number) => {
            if let Some(item) = sequence.items().nth(usize::try_from(number).unwrap_or(usize::MAX)) {
                descend(item);
            }
        }
    }
}

impl fmt::Display for ElementPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (sequence, items) in &self.sequences {
            match items {
                Items::One(number) => write!(f, "{sequence}[{number}].")?,
                Items::All => write!(f, "{sequence}[*].")?,
            }
        }
        write!(f, "{}", self.element)
    }
}

/// Where a name ends: at a dot or a bracket outside parentheses.
fn name_end(text: &str) -> usize {
    let mut inside = false;
    let ends = |c: char| {
        inside = (inside || c == '(') && c != ')';
        !inside && matches!(c, '.' | '[')
    };
    text.find(ends).unwrap_or(text.len())
}

/// Reads `[n].` or `[*].`.
fn items<'t>(text: &'t str, whole: &str) -> Result<(Items, &'t str), ColumnError> {
    let error = || ColumnError(format!("{whole:?}: a sequence is followed by [0]. or [*]. and an attribute"));
    let (number, after) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).ok_or_else(error)?;
    let items = match number.trim() {
        "*" => Items::All,
        number => Items::One(number.parse().map_err(|_| error())?),
    };
    Ok((items, after.strip_prefix('.').ok_or_else(error)?))
}

fn attribute(name: &str, whole: &str) -> Result<Attribute, ColumnError> {
    Attribute::parse(name).map_err(|error| ColumnError(format!("{whole:?}: {}", error.of_path())))
}

/// A keyword or eight hexadecimal digits.
fn plain(name: &str) -> Option<Attribute> {
    let tag = dictionary::tag_for_keyword(name.as_bytes());
    tag.or_else(|| hexadecimal(name, 8).map(Tag)).map(Attribute::Tag)
}

/// `gggg,eeee` or `gggg,CREATOR,ee`.
fn parenthesised(inner: &str) -> Option<Attribute> {
    let (group, rest) = inner.split_once(',')?;
    let group = u16::try_from(hexadecimal(group.trim(), 4)?).ok()?;
    let Some((creator, element)) = rest.rsplit_once(',') else {
        let element = u16::try_from(hexadecimal(rest.trim(), 4)?).ok()?;
        return Some(Attribute::Tag(Tag::new(group, element)));
    };
    let element = u8::try_from(hexadecimal(element.trim(), 2)?).ok()?;
    let creator = creator.trim();
    (group % 2 == 1 && !creator.is_empty()).then(|| Attribute::Private {
        group,
        creator: creator.into(),
        element,
    })
}

fn hexadecimal(text: &str, digits: usize) -> Option<u32> {
    let valid = text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    valid.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> ElementPath {
        ElementPath::parse(text).unwrap()
    }

    #[test]
    fn reads_keywords_tags_and_private_elements() {
        let rows = parse("Rows");
        assert_eq!(rows.element, Attribute::Tag(Tag::new(0x28, 0x10)));
        assert_eq!(
            [parse("00280010"), parse("(0028,0010)"), parse(" ( 0028 , 0010 ) ")].map(|p| p == rows),
            [true; 3]
        );
        let private = parse("(0043,GEMS_PARM_01,39)");
        let wanted = Attribute::Private { group: 0x43, creator: "GEMS_PARM_01".into(), element: 0x39 };
        assert_eq!((&private.element, private.to_string().as_str()), (&wanted, "(0043,GEMS_PARM_01,39)"));
        assert_eq!(private.element.facts().map(|(vr, _)| vr), Some(DictionaryVr::One(Vr::IS)));
        assert_eq!(parse("00091001").to_string(), "(0009,1001)");
    }

    #[test]
    fn reads_paths_into_sequences() {
        let text = "SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[*].PixelSpacing";
        let path = parse(text);
        assert_eq!((path.to_string().as_str(), path.is_many()), (text, true));
        assert_eq!(path.sequences[0].0.ranges(), [(Tag(0x5200_9229), Tag(0x5200_9229))]);
        assert_eq!(parse("(0029,A.B[1],10)[2].Rows").to_string(), "(0029,A.B[1],10)[2].Rows");
    }

    #[test]
    fn says_what_is_wrong() {
        for text in [
            "",
            "rows",
            "Rows[0].Columns",
            "ReferencedImageSequence.Rows",
            "ReferencedImageSequence[0]",
            "ReferencedImageSequence[-1].Rows",
            "ReferencedImageSequence[0].",
            "(0028,10)",
            "(0042,X,10)",
            "0028001",
            "ReferencedImageSequence[0",
            "(0043,,39)",
            "+0280010",
        ] {
            let error = ElementPath::parse(text).unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
        let error = Attribute::parse("SliceThicknes").unwrap_err();
        assert!(error.of_path().starts_with("\"SliceThicknes\" is no keyword"), "{error}");
        assert_eq!(Attribute::parse("Rows"), Ok(Attribute::Tag(Tag::new(0x28, 0x10))));
        let error = ElementPath::parse("SliceThicknes").unwrap_err();
        assert!(error.to_string().ends_with("did you mean SliceThickness?"), "{error}");
    }

    proptest! {
        #[test]
        fn any_text_is_a_path_or_an_error(text in "\\PC*") {
            if let Ok(path) = ElementPath::parse(&text) {
                prop_assert_eq!(ElementPath::parse(&path.to_string()), Ok(path));
            }
        }

        #[test]
        fn any_path_is_read_back(sequences in prop::collection::vec((any::<u16>(), any::<Option<u8>>()), 0..4), tag: u32) {
            let mut text = String::new();
            for (element, item) in sequences {
                let item = item.map_or_else(|| "*".to_owned(), |item| item.to_string());
                text += &format!("(0029,{:04X})[{item}].", element | 0x1000);
            }
            text += &format!("{tag:08x}");
            let path = ElementPath::parse(&text).unwrap();
            prop_assert_eq!(ElementPath::parse(&path.to_string()), Ok(path));
        }
    }
}
