//! What was odd, and where.

use super::*;

impl Tokenizer {
    /// Tells of what is odd about a header.
    #[inline]
    pub(super) fn check(&mut self, header: &Header) -> Result<()> {
        let (tag, position) = (header.tag, self.position);
        if let Some(fault) = header.fault {
            self.tell_form(fault, tag)?;
        }
        if !header.is_undefined() && header.length % 2 == 1 {
            self.warn(WarningKind::OddLength, position, Some(tag))?;
        }
        if tag <= self.level.last && self.level.count > 0 && self.level.disorder.is_none() {
            let duplicate = tag == self.level.last;
            let kind = if duplicate { WarningKind::DuplicateTag } else { WarningKind::TagsOutOfOrder };
            self.warn(kind, position, Some(tag))?;
            self.level.disorder = (!duplicate).then_some(self.index.len());
        }
        self.level.last = self.level.last.max(tag);
        self.level.count = self.level.count.saturating_add(1);
        if tag.0 < 0x0003_0000 && self.options.part == Part::DataSet {
            let kind = match tag.group() {
                0 => WarningKind::CommandGroup,
                2 => WarningKind::MetaGroupInDataSet,
                _ => return Ok(()),
            };
            self.warn(kind, position, Some(tag))?;
        }
        Ok(())
    }

    /// Notes that headers are not of the declared form; from the first element on, the data set is of the other.
    pub(super) fn tell_form(&mut self, fault: WarningKind, tag: Tag) -> Result<()> {
        let found = match fault {
            WarningKind::ImplicitFound => Some(VrForm::Implicit),
            WarningKind::ExplicitFound => Some(VrForm::Explicit),
            _ => None,
        };
        if found.is_none() || !self.level.told.form {
            self.warn(fault, self.position, Some(tag))?;
        }
        if let Some(form) = found {
            self.level.told.form = true;
            if self.level.count == 0 {
                self.level.encoding.vr_form = form;
                // The items that follow in the same sequence are like this one.
                if let Some(sequence) = self.outer.last_mut() {
                    sequence.encoding.vr_form = form;
                    sequence.told.form = true;
                }
            }
        }
        Ok(())
    }

    /// Duplicates are told at once where elements are in order; from the first one that is not, they are told here.
    pub(super) fn tell_duplicates(&mut self, closed: &Level) -> Result<()> {
        let Some(disorder) = closed.disorder else { return Ok(()) };
        let first = closed.row.map_or(0, |row| row + 1);
        let mut children: Vec<(Tag, u32)> = Vec::new();
        for number in self.index.children(first, self.index.len()) {
            children.extend(self.index.row(number).map(|row| (row.tag(), number)));
        }
        children.sort_unstable();
        for pair in children.windows(2) {
            if let [(a, _), (b, number)] = pair
                && a == b
                && *number >= disorder
            {
                let offset = self.index.row(*number).map_or(0, Row::header_offset);
                self.warn(WarningKind::DuplicateTag, offset, Some(*b))?;
            }
        }
        Ok(())
    }

    #[cold]
    pub(super) fn warn(&mut self, kind: WarningKind, offset: u64, tag: Option<Tag>) -> Result<()> {
        if self.level.unwanted || self.outer.iter().any(|level| level.unwanted) {
            return Ok(());
        }
        if !self.options.strict && self.index.warnings.len() >= MAX_WARNINGS {
            self.index.warnings_dropped += 1;
            return Ok(());
        }
        let path = TagPath { items: self.path(), tag };
        if self.options.strict {
            return Err(crate::Error::from(ErrorKind::Strict(kind)).at(offset).of(path));
        }
        self.index.warnings.push(Warning { kind, offset, path });
        Ok(())
    }

    /// The sequences that are open, with the numbers of their items.
    pub(super) fn path(&self) -> Vec<(Tag, u32)> {
        let levels = self.outer.iter().chain(std::iter::once(&self.level));
        levels
            .filter(|level| level.kind != LevelKind::DataSet)
            .filter_map(|level| Some((self.index.row(level.row?)?.tag(), level.count.saturating_sub(1))))
            .collect()
    }
}
