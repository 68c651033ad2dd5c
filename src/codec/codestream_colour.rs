//! What a codestream says of the colour space of the samples that its codec gives.

/// The evidence that codecs find beside the samples, in words that all of them share. What is made of it is decided in
/// `src/pixel/colour_space.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodestreamColour {
    /// The samples are RGB: a JPEG frame without transform by Adobe's APP14, or with components named R, G, B.
    Rgb,
    /// The samples are YCbCr of full range: a JPEG frame with a DCT and JFIF's APP0, or with the transform of APP14.
    Ybr,
    /// Chrominances are fewer than luminances, or a box calls the samples sYCC, and nothing else is said.
    PerhapsYbr,
    /// One mark says RGB and another one YCbCr.
    Contradictory,
    /// The codec has inverted the multiple component transform of JPEG 2000.
    Inverted,
    /// JPEG 2000 without the multiple component transform.
    Untransformed,
    /// The codec gives RGB, whatever the samples were before they were encoded: JPEG XL.
    Converted,
}

/// What a codestream says of the samples that its codec gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Marks {
    /// `None` where it says nothing of colour.
    pub colour: Option<CodestreamColour>,
    /// The codec fills whole cells with samples that are as long as the codestream says. Otherwise samples of Bits Stored
    /// are taken out of the cells afterwards.
    pub fills_cells: bool,
}
