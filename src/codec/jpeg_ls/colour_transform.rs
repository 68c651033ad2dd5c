//! HP's colour transforms: no part of T.87, told by an APP8 segment that begins with "mrfx".

use super::model::cell;

/// How colour was transformed before it was coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) enum ColourTransform {
    #[default]
    None,
    Hp1,
    Hp2,
    Hp3,
}

impl ColourTransform {
    /// The transform that an APP8 segment names; `None` where it is a segment of another kind.
    ///
    /// # Errors
    /// When the transform is unknown.
    pub(super) fn read(segment: &[u8]) -> Result<Option<Self>, String> {
        match segment {
            [b'm', b'r', b'f', b'x', number] => match number {
                0 => Ok(Some(Self::None)),
                1 => Ok(Some(Self::Hp1)),
                2 => Ok(Some(Self::Hp2)),
                3 => Ok(Some(Self::Hp3)),
                other => Err(format!("HP colour transform {other} is unknown")),
            },
            _ => Ok(None),
        }
    }

    /// Undoes it on pixels of three samples, in cells of one or two bytes that the samples fill.
    ///
    /// # Errors
    /// When samples are of another kind.
    pub(super) fn invert(
        self,
        precision: u8,
        samples: usize,
        size: usize,
        out: &mut [u8],
    ) -> Result<(), String> {
        if self == Self::None {
            return Ok(());
        }
        let range = 1 << precision;
        match (samples, precision, size) {
            (3, 8, 1) => {
                for [a, b, c] in out.as_chunks_mut().0 {
                    [*a, *b, *c] = self.rgb([*a, *b, *c].map(i32::from), range).map(low_byte);
                }
            }
            (3, 8 | 16, 2) => {
                for [a, b, c] in out.as_chunks_mut().0.as_chunks_mut().0 {
                    let pixel = [*a, *b, *c].map(|cell| u16::from_ne_bytes(cell).into());
                    [*a, *b, *c] = self.rgb(pixel, range).map(|sample| cell(sample).to_ne_bytes());
                }
            }
            _ => {
                return Err(format!(
                    "a colour transform of {samples} samples of {precision} bits in {size} bytes; it must be 3 of 8 or 16 bits"
                ));
            }
        }
        Ok(())
    }

    /// The results count modulo `range`.
    fn rgb(self, [v1, v2, v3]: [i32; 3], range: i32) -> [i32; 3] {
        let half = range / 2;
        let sums = match self {
            Self::None => [v1, v2, v3],
            Self::Hp1 => [v1 + v2 - half, v2, v3 + v2 - half],
            Self::Hp2 => {
                let red = (v1 + v2 - half) & (range - 1);
                [red, v2, v3 + ((red + v2) >> 1) - half]
            }
            Self::Hp3 => {
                let green = (v1 - ((v3 + v2) >> 2) + range / 4) & (range - 1);
                [v3 + green - half, green, v2 + green - half]
            }
        };
        sums.map(|sum| sum & (range - 1))
    }
}

fn low_byte(value: i32) -> u8 {
    (value.cast_unsigned() & 0xFF) as u8
}
