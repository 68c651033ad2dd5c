//! How components lie in blocks and MCUs (ITU-T T.81 A.1, A.2).

use super::Result;
use super::header::{FrameHeader, MOST_COMPONENTS};

/// Samples in a row or column of a block.
pub(super) const BLOCK: usize = 8;

/// The size of a frame and of what its components are made of.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// The greatest sampling factors.
    pub(super) horizontal: usize,
    pub(super) vertical: usize,
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
    /// `rows` are not always in the frame header.
    pub(super) fn new(frame: &FrameHeader, rows: usize) -> Result<Self> {
        let columns = usize::from(frame.columns);
        let is_single = frame.components.len() == 1;
        // The factors of a single component say nothing.
        let factor = |factor: u8| if is_single { 1 } else { usize::from(factor) };
        let factors = frame.components.iter().map(|c| (factor(c.horizontal), factor(c.vertical)));
        let horizontal = factors.clone().map(|(horizontal, _)| horizontal).max().ok_or("no component")?;
        let vertical = factors.clone().map(|(_, vertical)| vertical).max().ok_or("no component")?;
        let mcu_rows = rows.div_ceil(BLOCK * vertical);
        let mcu_columns = columns.div_ceil(BLOCK * horizontal);
        let components = frame.components.iter().zip(factors).map(|(component, (h, v))| {
            let (rows, columns) = ((rows * v).div_ceil(vertical), (columns * h).div_ceil(horizontal));
            ComponentLayout {
                horizontal: h,
                vertical: v,
                rows,
                columns,
                block_rows: rows.div_ceil(BLOCK),
                block_columns: columns.div_ceil(BLOCK),
                padded_block_rows: mcu_rows * v,
                padded_block_columns: mcu_columns * h,
                quantization_table: component.quantization_table,
            }
        });
        let mut all = Vec::with_capacity(MOST_COMPONENTS);
        all.extend(components);
        Ok(Self { rows, columns, horizontal, vertical, mcu_rows, mcu_columns, components: all })
    }
}
