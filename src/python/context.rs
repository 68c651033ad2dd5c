//! What the values of a data set depend on beside their bytes, and items inherit.

use std::sync::Arc;

use super::shared::{Odd, Part, Shared};
use super::view::View;
use crate::dataset::ElementView;
use crate::json::ValueContext;
use crate::tag::Tag;
use crate::value::character_set::CharacterSet;
use crate::value::number::Binary;

/// Terms of Specific Character Set that replace those of a file, and what they mean.
#[derive(Clone)]
pub struct Override {
    pub terms: Arc<[Box<str>]>,
    pub set: CharacterSet,
}

impl Override {
    /// The override by these terms; `None` when nobody knows them.
    pub fn new(terms: Vec<String>) -> Option<Self> {
        let set = CharacterSet::by_name(&terms.join("\\"))?;
        Some(Self { terms: terms.into_iter().map(String::into_boxed_str).collect(), set })
    }
}

/// What the values of a data set depend on.
#[derive(Clone)]
pub struct Context {
    pub shared: Arc<Shared>,
    pub part: Part,
    /// How text is read that follows Specific Character Set.
    pub set: CharacterSet,
    /// The terms of Specific Character Set (PS3.3 §C.12.1.1.2).
    terms: Option<Arc<[Box<str>]>>,
    /// Specific Character Set is not asked for: the caller gave the terms.
    overridden: bool,
    /// What is wrong with the terms.
    faults: Option<Arc<[Odd]>>,
    /// Pixel Representation (0028,0103), where it is known.
    pixel_representation: Option<u16>,
}

/// (terms, whether they replace those of the file, Pixel Representation) of a context, for pickles.
pub type Inherited = (Vec<String>, bool, Option<u16>);

impl Context {
    /// The context around the root of a file's data set.
    pub fn root(shared: Arc<Shared>, part: Part) -> Arc<Self> {
        let given = shared.character_set.as_ref().filter(|_| part == Part::Data);
        Arc::new(Self {
            set: given.map_or(CharacterSet::DEFAULT, |given| given.set),
            terms: given.map(|given| Arc::clone(&given.terms)),
            overridden: given.is_some(),
            faults: None,
            pixel_representation: None,
            part,
            shared,
        })
    }

    /// The context as plain values.
    pub fn save(&self) -> Inherited {
        let terms = self.terms().iter().map(|term| String::from(&**term)).collect();
        (terms, self.overridden, self.pixel_representation)
    }

    /// The context that [`Context::save`] gave.
    pub fn restore(shared: Arc<Shared>, (terms, overridden, representation): Inherited) -> Arc<Self> {
        let (set, _) = CharacterSet::from_value(terms.join("\\").as_bytes(), CharacterSet::DEFAULT);
        let set = if overridden { CharacterSet::by_name(&terms.join("\\")).unwrap_or(set) } else { set };
        let terms: Arc<[Box<str>]> = terms.into_iter().map(String::into_boxed_str).collect();
        Arc::new(Self {
            set,
            terms: (!terms.is_empty()).then_some(terms),
            overridden,
            faults: None,
            pixel_representation: representation,
            part: Part::Data,
            shared,
        })
    }

    /// This context with what the data set says itself; `None` where it says nothing.
    pub fn of(&self, view: &View) -> Option<Self> {
        let character_set = view.stored_element_of(Tag::SPECIFIC_CHARACTER_SET).filter(|_| !self.overridden);
        let representation = view.stored_element_of(Tag::PIXEL_REPRESENTATION);
        if character_set.is_none() && representation.is_none() {
            return None;
        }
        let mut context = self.clone();
        if let Some(element) = character_set
            && let Some(value) = element.value()
        {
            context.declare(&element, value);
        }
        if let Some(element) = representation
            && let Some(value) = element.value().and_then(|value| u16::first(value, element.byte_order()))
        {
            context.pixel_representation = Some(value);
        }
        Some(context)
    }

    /// Takes over the value of Specific Character Set.
    fn declare(&mut self, element: &ElementView<'_>, value: &[u8]) {
        let (set, faults) = CharacterSet::from_value(value, CharacterSet::DEFAULT);
        let (part, row) = (self.part, element.number());
        self.set = set;
        self.faults =
            (!faults.is_empty()).then(|| faults.into_iter().map(|kind| Odd { kind, part, row }).collect());
        let text = String::from_utf8_lossy(value);
        let terms = text.split('\\').map(|term| term.trim_matches([' ', '\0']).into());
        self.terms = Some(terms.collect());
    }

    pub fn terms(&self) -> &[Box<str>] {
        self.terms.as_deref().unwrap_or_default()
    }

    /// What is wrong with the terms: to be told when text is decoded by them.
    pub fn faults(&self) -> &[Odd] {
        self.faults.as_deref().unwrap_or_default()
    }

    /// The context in the words of the core.
    pub fn of_values(&self) -> ValueContext {
        ValueContext { character_set: self.set, is_overridden: self.overridden, is_signed: self.is_signed() }
    }

    /// Pixel Representation, where it is known.
    pub fn pixel_representation(&self) -> Option<u16> {
        self.pixel_representation
    }

    /// True when the samples of pixels are signed.
    pub fn is_signed(&self) -> bool {
        self.pixel_representation == Some(1)
    }
}
