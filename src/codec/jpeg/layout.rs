//! How components lie in blocks and MCUs (ITU-T T.81 A.1, A.2).

use super::Result;
use super::header::{FrameHeader, MOST_COMPONENTS};

/// Samples in a row or column of a block.
pub(super) const BLOCK: usize = 8;

/// How often rows and columns can be halved by the transform: a block is one sample then.
pub(super) const MOST_REDUCED: u8 = 3;

/// The size of a frame and of what its components are made of, as it is decoded: a block may become fewer samples.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// The greatest sampling factors.
    pub(super) horizontal: usize,
    pub(super) vertical: usize,
    /// Samples in a row of a block, where its component has the greatest sampling factors: 8, 4, 2 or 1.
    pub(super) side: usize,
    pub(super) mcu_rows: usize,
    pub(super) mcu_columns: usize,
    pub(super) components: Vec<ComponentLayout>,
}

/// The size of a component.
#[derive(Clone, Copy, Debug)]
pub(super) struct ComponentLayout {
    /// Sampling factors.
    pub(super) horizontal: usize,
    pub(super) vertical: usize,
    /// Samples in a row of a block: 8, 4, 2 or 1.
    pub(super) side: usize,
    /// Samples that are of the image.
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Blocks that have such samples: those of a scan of this component alone.
    pub(super) block_rows: usize,
    pub(super) block_columns: usize,
    /// Blocks with those that make MCUs whole.
    pub(super) padded_block_rows: usize,
    pub(super) padded_block_columns: usize,
    pub(super) quantization_table: u8,
}

impl Layout {
    /// Of a frame at 1/2^`reduce` of its size, at least 1/8. `rows` are not always in the frame header.
    pub(super) fn new(frame: &FrameHeader, rows: usize, reduce: u8) -> Result<Self> {
        let columns = usize::from(frame.columns);
        let is_single = frame.components.len() == 1;
        // The factors of a single component say nothing.
        let factor = |factor: u8| if is_single { 1 } else { usize::from(factor) };
        let factors = frame.components.iter().map(|c| (factor(c.horizontal), factor(c.vertical)));
        let horizontal = factors.clone().map(|(horizontal, _)| horizontal).max().ok_or("no component")?;
        let vertical = factors.clone().map(|(_, vertical)| vertical).max().ok_or("no component")?;
        let step = 1 << reduce.min(MOST_REDUCED);
        let side = BLOCK / step;
        let mcu_rows = rows.div_ceil(BLOCK * vertical);
        let mcu_columns = columns.div_ceil(BLOCK * horizontal);
        let components = frame.components.iter().zip(factors).map(|(component, (h, v))| {
            // Of fewer samples more are kept, so that nothing has to be made up (as libjpeg-turbo does it).
            let (wide, high) = (horizontal * side, vertical * side);
            let is_part = |side: usize| wide.is_multiple_of(h * side) && high.is_multiple_of(v * side);
            let mut own = side;
            while own < BLOCK && is_part(own * 2) {
                own *= 2;
            }
            let scaled = |length: usize, factor: usize, greatest: usize| {
                (length * factor * own).div_ceil(greatest * BLOCK)
            };
            let reduced = (scaled(rows, v, vertical), scaled(columns, h, horizontal));
            let (rows, columns) = ((rows * v).div_ceil(vertical), (columns * h).div_ceil(horizontal));
            ComponentLayout {
                horizontal: h,
                vertical: v,
                side: own,
                rows: reduced.0,
                columns: reduced.1,
                block_rows: rows.div_ceil(BLOCK),
                block_columns: columns.div_ceil(BLOCK),
                padded_block_rows: mcu_rows * v,
                padded_block_columns: mcu_columns * h,
                quantization_table: component.quantization_table,
            }
        });
        let mut all = Vec::with_capacity(MOST_COMPONENTS);
        all.extend(components);
        let (rows, columns) = (rows.div_ceil(step), columns.div_ceil(step));
        Ok(Self { rows, columns, horizontal, vertical, side, mcu_rows, mcu_columns, components: all })
    }
}
