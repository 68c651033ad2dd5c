//! A data set of whatever bytes, written again. No panic; what reads without a warning is written byte for byte, and
//! its elements survive every other encoding and form of lengths.
#![no_main]

use fastdcm::dataset::{
    ByteOrder, DatasetView, Draft, Encoding, Flags, Index, Plan, Progress, SequenceLengths, StoredRows,
    Target, Tokenizer, TokenizerOptions,
};
use fastdcm::source::Resident;
use fastdcm::value::character_set::CharacterSet;
use fastdcm::{Tag, Vr, WarningKind};
use libfuzzer_sys::fuzz_target;

const ENCODINGS: [Encoding; 4] =
    [Encoding::EXPLICIT_LITTLE, Encoding::IMPLICIT_LITTLE, Encoding::EXPLICIT_BIG, Encoding::IMPLICIT_BIG];

struct Read {
    index: Index,
    bytes: Resident,
    encoding: Encoding,
}

fn read(bytes: &[u8], encoding: Encoding) -> Option<Read> {
    let mut tokenizer = Tokenizer::new(Index::default(), encoding, 0, TokenizerOptions::default());
    let progress = tokenizer.resume(0, bytes, Some(bytes.len() as u64)).ok()?;
    assert_eq!(progress, Progress::Done);
    let encoding = tokenizer.encoding();
    Some(Read { index: tokenizer.finish(), bytes: Resident::whole(Box::new(bytes.to_vec())), encoding })
}

impl Read {
    fn rows(&self, set: CharacterSet) -> StoredRows<'_> {
        StoredRows::of(DatasetView::root(&self.index, &self.bytes), self.encoding, set)
    }

    fn is_sound(&self) -> bool {
        self.index.warnings().is_empty() && self.index.truncated_at().is_none()
    }

    /// Tag and value of every element but group lengths; text and numbers without padding, in little endian.
    fn elements(&self) -> Vec<(Tag, Vec<u8>)> {
        let rows = (0_u32..).zip(self.index.rows()).filter(|(_, row)| !row.tag().is_group_length());
        let is_filled = |tag: Tag, length: u64| tag != Tag::ITEM || length > 0;
        rows.filter(|(_, row)| is_filled(row.tag(), row.length()))
            .map(|(number, row)| {
                let is_leaf = row.vr() != Vr::SQ && row.end() == number + 1;
                let has_value = is_leaf && row.tag() != Tag::ITEM && !row.has(Flags::ENCAPSULATED);
                let has_value = has_value && !row.tag().is_pixel_data();
                let value = self.bytes.get(row.offset(), row.length()).filter(|_| has_value);
                let mut value = value.unwrap_or_default().to_vec();
                if row.encoding().byte_order == ByteOrder::Big {
                    value.chunks_exact_mut(row.vr().unit()).for_each(<[u8]>::reverse);
                }
                while value.last().is_some_and(|last| matches!(last, 0 | b' ')) {
                    value.pop();
                }
                (row.tag(), value)
            })
            .collect()
    }
}

fn write(read: &Read, from: CharacterSet, target: &Target) -> Option<Vec<u8>> {
    let draft = Draft::stored(read.rows(from));
    let plan = Plan::new(&draft, target).ok()?;
    let mut bytes = Vec::new();
    plan.write(&mut bytes).unwrap();
    assert_eq!(plan.length(), bytes.len() as u64);
    Some(bytes)
}

fuzz_target!(|data: &[u8]| {
    let Some((&choice, bytes)) = data.split_first() else { return };
    let Some(first) = read(bytes, ENCODINGS[usize::from(choice & 3)]) else { return };
    let set = CharacterSet::DEFAULT;
    let same = Target::new(first.encoding, set);
    let again = write(&first, set, &same);
    if first.is_sound() {
        assert!(again.as_deref() == bytes.get(..first.index.end() as usize), "not byte for byte");
    }
    if let Some(again) = &again {
        // How a damaged header is understood depends on what follows it, which damage may have kept from being written.
        let _ = read(again, first.encoding);
    }
    let to = Target {
        encoding: ENCODINGS[usize::from(choice >> 2 & 3)],
        character_set: if choice & 16 == 0 { set } else { CharacterSet::UTF_8 },
        lengths: match choice >> 5 & 3 {
            0 => SequenceLengths::AsRead,
            1 => SequenceLengths::Defined,
            _ => SequenceLengths::Undefined,
        },
        ..same
    };
    let Some(converted) = write(&first, set, &to) else { return };
    let Some(second) = read(&converted, to.encoding) else { return };
    if !first.is_sound() || to.character_set != set {
        return;
    }
    // An implicit VR length may look like a VR, and a first element like one in the other byte order.
    let is_misread = |kind: WarningKind| kind != WarningKind::OddLength;
    if second.index.warnings().iter().any(|warning| is_misread(warning.kind))
        || second.encoding != to.encoding
    {
        return;
    }
    assert_eq!(first.elements(), second.elements(), "elements differ");
    match write(&second, set, &to) {
        Some(third) => assert!(third == converted, "not stable"),
        None => panic!("cannot be written a second time"),
    }
});
