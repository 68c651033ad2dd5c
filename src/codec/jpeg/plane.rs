//! Samples of one component, of the MCU rows at hand only.

use super::Result;
use super::idct::Sample;
use super::layout::ComponentLayout;
use super::output::memory;

/// MCU rows that are kept: upsampling looks at the last row above and the first below.
const KEPT: usize = 3;

/// The samples of a component in whole blocks, where each row takes the place of one that is not needed any more.
pub(super) struct Plane<S> {
    samples: Vec<S>,
    stride: usize,
    capacity: usize,
    /// Samples in a row of a block.
    side: usize,
}

impl<S: Sample> Plane<S> {
    pub(super) fn new(component: &ComponentLayout) -> Result<Self> {
        let side = component.side;
        let stride = component.padded_block_columns * side;
        let capacity = component.vertical * side * KEPT;
        Ok(Self { samples: memory(stride * capacity, S::default())?, stride, capacity, side })
    }

    pub(super) const fn stride(&self) -> usize {
        self.stride
    }

    pub(super) const fn side(&self) -> usize {
        self.side
    }

    /// The samples from the first one of a block on.
    #[inline(always)]
    pub(super) fn block(&mut self, row: usize, column: usize) -> &mut [S] {
        let place = (row * self.side) % self.capacity * self.stride + column * self.side;
        self.samples.get_mut(place..).unwrap_or_default()
    }

    pub(super) fn row(&self, row: usize) -> &[S] {
        let place = row % self.capacity * self.stride;
        self.samples.get(place..).and_then(|rest| rest.get(..self.stride)).unwrap_or_default()
    }
}
