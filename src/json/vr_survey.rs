//! The VRs of elements in which the values stand first: members of an object have no order in JSON, and `Value` comes
//! before `vr` where they are sorted.

use super::lexer::{Kind, Lexed, Lexer};

/// The VR that each object says it has, by the offset of the object.
#[derive(Debug, Default)]
pub(super) struct VrSurvey {
    found: Vec<(usize, [u8; 2])>,
}

/// Not two letters.
const NONE: [u8; 2] = [0, 0];
/// In the place of an object's number: an array.
const ARRAY: usize = usize::MAX;

impl VrSurvey {
    /// Looks through the object that begins at `start`, which nests at most `depth` levels.
    pub(super) fn of(mut lexer: Lexer<'_>, start: usize, depth: usize) -> Lexed<Self> {
        lexer.position = start;
        let mut survey = Self::default();
        let mut open: Vec<usize> = Vec::new();
        let mut key = Vec::new();
        loop {
            // A value begins here.
            match lexer.kind()? {
                kind @ (Kind::Object | Kind::Array) => {
                    lexer.position += 1;
                    if open.len() >= depth {
                        return lexer.fault("JSON nested too deeply");
                    }
                    open.push(if kind == Kind::Array { ARRAY } else { survey.begin(lexer.position - 1) });
                    if !lexer.take(if kind == Kind::Array { b']' } else { b'}' }) {
                        survey.key(&mut lexer, open.last(), &mut key)?;
                        continue;
                    }
                    survey.end(open.pop());
                }
                _ => lexer.skip_scalar()?,
            }
            // A value ends here.
            loop {
                let Some(innermost) = open.last().copied() else { return Ok(survey) };
                if lexer.take(b',') {
                    survey.key(&mut lexer, Some(&innermost), &mut key)?;
                    break;
                }
                let end = if innermost == ARRAY { b']' } else { b'}' };
                lexer.expect(end, "no comma and no end where one must stand")?;
                survey.end(open.pop());
            }
        }
    }

    fn begin(&mut self, offset: usize) -> usize {
        self.found.push((offset, NONE));
        self.found.len() - 1
    }

    fn end(&mut self, number: Option<usize>) {
        // Objects without a VR take no memory as long as there is none in them.
        if number.is_some_and(|number| number.saturating_add(1) == self.found.len())
            && self.found.last().is_some_and(|(_, vr)| *vr == NONE)
        {
            self.found.pop();
        }
    }

    /// Takes the key of a member of an object, and notes its VR.
    fn key(&mut self, lexer: &mut Lexer<'_>, innermost: Option<&usize>, key: &mut Vec<u8>) -> Lexed<()> {
        let Some(number) = innermost.copied().filter(|number| *number != ARRAY) else { return Ok(()) };
        lexer.string(key)?;
        lexer.expect(b':', "no colon behind a key")?;
        if key != b"vr" || lexer.kind()? != Kind::Text {
            return Ok(());
        }
        lexer.clone().string(key)?;
        if let (Some((_, vr)), Ok(code)) = (self.found.get_mut(number), key.as_slice().try_into()) {
            *vr = code;
        }
        Ok(())
    }

    /// The two letters that the object at `offset` says.
    pub(super) fn vr(&self, offset: usize) -> Option<[u8; 2]> {
        let place = self.found.binary_search_by_key(&offset, |(offset, _)| *offset).ok()?;
        self.found.get(place).map(|(_, vr)| *vr).filter(|vr| *vr != NONE)
    }
}
