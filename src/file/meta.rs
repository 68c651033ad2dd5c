//! File meta information (PS3.10 §7.1).

use super::feed::Feed;
use super::options::ReadOptions;
use crate::dataset::{Encoding, Index, Part, Tokenizer, TokenizerOptions};
use crate::error::{Error, ErrorKind, Result, TagPath, Warning, WarningKind};
use crate::tag::Tag;

const GROUP_LENGTH: Tag = Tag::new(0x0002, 0x0000);

/// The meta information of a file.
pub(super) struct Meta {
    pub(super) index: Index,
    pub(super) warnings: Vec<Warning>,
}

/// Reads group 0002, which begins at byte `start`. Its end is where another group begins: group lengths lie.
pub(super) fn read(feed: &mut Feed, start: u64, index: Index, options: &ReadOptions) -> Result<Meta> {
    let part = TokenizerOptions {
        limits: options.limits,
        part: Part::Group(0x0002),
        strict: options.strict,
        ..TokenizerOptions::default()
    };
    let mut tokenizer = Tokenizer::new(index, Encoding::EXPLICIT_LITTLE, start, part);
    feed.run(&mut tokenizer).map_err(of_meta)?;
    let mut index = tokenizer.finish();
    for warning in &mut index.warnings {
        if warning.kind == WarningKind::ImplicitFound {
            warning.kind = WarningKind::MetaImplicit;
        }
    }
    let mut warnings = Vec::new();
    if let Some(kind) = group_length_fault(&index, feed) {
        let path = TagPath::root(GROUP_LENGTH);
        if options.strict {
            return Err(Error::from(ErrorKind::Strict(kind)).at(start).of(path));
        }
        warnings.push(Warning { kind, offset: start, path });
    }
    Ok(Meta { index, warnings })
}

/// Says of meta information what the tokenizer says of any data set.
fn of_meta(error: Error) -> Error {
    if *error.kind() != ErrorKind::Strict(WarningKind::ImplicitFound) {
        return error;
    }
    let fault = Error::from(ErrorKind::Strict(WarningKind::MetaImplicit)).of(error.path().clone());
    error.offset().map_or(fault.clone(), |offset| fault.at(offset))
}

fn group_length_fault(index: &Index, feed: &Feed) -> Option<WarningKind> {
    let first = index.rows().first()?;
    if first.tag() != GROUP_LENGTH {
        return Some(WarningKind::MetaGroupLengthMissing);
    }
    let value: [u8; 4] = *feed.from(first.offset()).first_chunk()?;
    let end = first.value_end() + u64::from(u32::from_le_bytes(value));
    (end != index.end() && index.truncated_at().is_none()).then_some(WarningKind::MetaGroupLengthWrong)
}

/// Adds a warning about the file, or fails where strict reading was asked for.
pub(super) fn warn(warnings: &mut Vec<Warning>, kind: WarningKind, offset: u64, strict: bool) -> Result<()> {
    if strict {
        return Err(Error::from(ErrorKind::Strict(kind)).at(offset));
    }
    warnings.push(Warning { kind, offset, path: TagPath::default() });
    Ok(())
}
