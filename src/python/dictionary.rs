//! The dictionaries as plain tuples; `fastdcm.dictionary` and `fastdcm.uid` give them names.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::bulk::Attribute;
use crate::dictionary::{UidKind, attribute, private_attribute, uid};
use crate::tag::Tag;
use crate::uid::Uid;

/// (VR, VM, name, retired, keyword) of a standard attribute.
type Entry = (String, String, &'static str, bool, &'static str);

/// What PS3.6 says of a tag; nothing for private tags, and for group lengths without an entry of their own.
#[pyfunction]
pub fn dictionary_entry(tag: u32) -> Option<Entry> {
    let tag = Tag(tag);
    let found = attribute(tag).filter(|_| !tag.is_private())?;
    if found.keyword.is_empty() && tag.is_group_length() {
        return None;
    }
    Some((found.vr.to_string(), found.vm.to_string(), found.name, found.retired, found.keyword))
}

/// (VR, VM, name) of a private attribute.
#[pyfunction]
pub fn private_dictionary_entry(tag: u32, private_creator: &str) -> Option<(String, String, &'static str)> {
    let found = private_attribute(private_creator, Tag(tag))?;
    Some((found.vr.to_string(), found.vm.to_string(), found.name))
}

/// The keyword that a text may mean.
#[pyfunction]
pub fn similar_keyword(text: &str) -> Option<&'static str> {
    crate::dictionary::similar_keyword(text)
}

/// The tag of a keyword.
#[pyfunction]
pub fn tag_for_keyword(keyword: &str) -> Option<u32> {
    crate::dictionary::tag_for_keyword(keyword.as_bytes()).map(|tag| tag.0)
}

/// The attribute that a text names, as in the paths of `scan`: (group, element, private creator). Of a private creator
/// the element is its low byte.
///
/// # Errors
/// ValueError, with the keyword that may be meant.
#[pyfunction]
pub fn attribute_from_text(text: &str) -> PyResult<(u16, u16, Option<String>)> {
    match Attribute::parse(text).map_err(|error| PyValueError::new_err(error.of_path().to_owned()))? {
        Attribute::Tag(tag) => Ok((tag.group(), tag.element(), None)),
        Attribute::Private { group, creator, element } => Ok((group, element.into(), Some(creator.into()))),
    }
}

/// (name, kind, further information, retired, keyword) of a registered UID.
#[pyfunction]
pub fn uid_entry(value: &str) -> Option<(&'static str, &'static str, &'static str, bool, &'static str)> {
    let entry = uid(value)?;
    Some((entry.name, kind_name(entry.kind), "", entry.retired, entry.keyword))
}

/// The UID with this keyword.
#[pyfunction]
pub fn uid_for_keyword(keyword: &str) -> Option<&'static str> {
    crate::dictionary::uid_for_keyword(keyword).map(|entry| entry.uid)
}

/// (implicit VR, little endian, deflated, encapsulated) of a transfer syntax.
#[pyfunction]
pub fn transfer_syntax(value: &str) -> Option<(bool, bool, bool, bool)> {
    use crate::dataset::{ByteOrder, VrForm};
    let uid = Uid::from_value(value.as_bytes())?;
    let syntax = crate::transfer_syntax::transfer_syntax(&uid)?;
    let encoding = syntax.encoding();
    Some((
        encoding.vr_form == VrForm::Implicit,
        encoding.byte_order == ByteOrder::Little,
        syntax.is_deflated(),
        syntax.is_encapsulated(),
    ))
}

/// The words of the column UID Type of PS3.6 Table A-1.
fn kind_name(kind: UidKind) -> &'static str {
    match kind {
        UidKind::ApplicationContext => "Application Context",
        UidKind::ApplicationHostingModel => "Application Hosting Model",
        UidKind::CodingScheme => "Coding Scheme",
        UidKind::DicomUidsAsACodingScheme => "DICOM UIDs as a Coding Scheme",
        UidKind::LdapOid => "LDAP OID",
        UidKind::MappingResource => "Mapping Resource",
        UidKind::MetaSopClass => "Meta SOP Class",
        UidKind::ServiceClass => "Service Class",
        UidKind::SopClass => "SOP Class",
        UidKind::SynchronizationFrameOfReference => "Synchronization Frame of Reference",
        UidKind::TransferSyntax => "Transfer Syntax",
        UidKind::WellKnownFrameOfReference => "Well-known frame of reference",
        UidKind::WellKnownSopInstance => "Well-known SOP Instance",
    }
}
