//! The inverse DCT (ITU-T T.81 A.3.3), equal to the bit to the accurate integer one of the Independent JPEG Group.
//!
//! After Loeffler, Ligtenberg and Moschytz (1989): eight samples with twelve multiplications. Constants have 13 bits
//! behind the point; between the passes there are [`Sample::EXTRA_BITS`].

use std::num::Wrapping;

/// Coefficients of a block, or its samples before they are clipped.
pub(super) type Block = [i32; 64];

/// Samples of 8 or of 12 bits.
pub(super) trait Sample: Copy + Default + Into<u16> + Send + Sync {
    /// Bits of a sample.
    const PRECISION: u32;

    /// Bits behind the point after the first pass.
    const EXTRA_BITS: usize;

    /// The nearest from 0 to `most`, which fits.
    fn clip(value: i32, most: i32) -> Self;

    /// Of a number that fits.
    fn narrow(value: u16) -> Self;
}

impl Sample for u8 {
    const PRECISION: u32 = 8;
    const EXTRA_BITS: usize = 2;

    #[inline(always)]
    fn clip(value: i32, most: i32) -> Self {
        let [sample, ..] = value.min(most).max(0).to_le_bytes();
        sample
    }

    #[inline(always)]
    fn narrow(value: u16) -> Self {
        let [sample, _] = value.to_le_bytes();
        sample
    }
}

impl Sample for u16 {
    const PRECISION: u32 = 12;
    const EXTRA_BITS: usize = 1;

    #[inline(always)]
    fn clip(value: i32, most: i32) -> Self {
        let [low, high, ..] = value.min(most).max(0).to_le_bytes();
        Self::from_le_bytes([low, high])
    }

    #[inline(always)]
    fn narrow(value: u16) -> Self {
        value
    }
}

/// Bits behind the point of constants.
pub(super) const CONSTANT_BITS: usize = 13;

/// Rows of eight, or columns.
pub(super) type Rows = [[i32; 8]; 8];

/// Samples of dequantized coefficients, both row by row. `out` begins at the first sample; its rows are `stride` apart.
///
/// No sample becomes more than `most`. How rows become columns is up to the machine.
#[inline(always)]
pub(super) fn transform<S: Sample>(
    coefficients: &Block,
    most: i32,
    out: &mut [S],
    stride: usize,
    transpose: impl Fn(&Rows) -> Rows,
) {
    let (rows, _) = coefficients.as_chunks();
    let Some(rows) = rows.first_chunk() else { return };
    let columns = transpose(&pass(rows, CONSTANT_BITS - S::EXTRA_BITS));
    let rows = transpose(&pass(&columns, CONSTANT_BITS + S::EXTRA_BITS + 3));
    for (row, out) in rows.iter().zip(out.chunks_mut(stride)) {
        if let Some(out) = out.first_chunk_mut::<8>() {
            for (sample, value) in out.iter_mut().zip(row) {
                *sample = S::clip(value.wrapping_add(1 << (S::PRECISION - 1)), most);
            }
        }
    }
}

/// The same for a block with nothing but its DC coefficient, of `SIDE` samples in a row.
#[inline(always)]
pub(super) fn transform_flat<S: Sample, const SIDE: usize>(
    coefficient: i32,
    most: i32,
    out: &mut [S],
    stride: usize,
) {
    // Both passes are exact until the last rounding.
    let value = coefficient.wrapping_add(4) >> 3;
    let sample = S::clip(value.wrapping_add(1 << (S::PRECISION - 1)), most);
    for out in out.chunks_mut(stride).take(SIDE) {
        if let Some(out) = out.first_chunk_mut::<SIDE>() {
            *out = [sample; SIDE];
        }
    }
}

/// One-dimensional transforms down the columns of eight rows, all at once where the machine can.
#[inline(always)]
#[expect(
    clippy::indexing_slicing,
    reason = "columns 0 to 7 of rows of 8, in the one form that becomes vectors"
)]
fn pass(rows: &Rows, shift: usize) -> Rows {
    let mut out = [[0; 8]; 8];
    for column in 0..8 {
        let sample = |row: usize| rows[row][column];
        let samples = transform_8([
            sample(0),
            sample(1),
            sample(2),
            sample(3),
            sample(4),
            sample(5),
            sample(6),
            sample(7),
        ]);
        for row in 0..8 {
            out[row][column] = samples[row].wrapping_add(1 << (shift - 1)) >> shift;
        }
    }
    out
}

#[inline(always)]
fn transform_8([in0, in1, in2, in3, in4, in5, in6, in7]: [i32; 8]) -> [i32; 8] {
    let [in0, in1, in2, in3] = [in0, in1, in2, in3].map(Wrapping);
    let [in4, in5, in6, in7] = [in4, in5, in6, in7].map(Wrapping);

    let z1 = (in2 + in6) * Wrapping(4433); // 0.541196100
    let even2 = z1 - in6 * Wrapping(15137); // 1.847759065
    let even3 = z1 + in2 * Wrapping(6270); // 0.765366865
    let even0 = (in0 + in4) << CONSTANT_BITS;
    let even1 = (in0 - in4) << CONSTANT_BITS;
    let (e0, e1, e2, e3) = (even0 + even3, even1 + even2, even1 - even2, even0 - even3);

    let (z3, z4) = (in7 + in3, in5 + in1);
    let z5 = (z3 + z4) * Wrapping(9633); // 1.175875602
    let z1 = (in7 + in1) * Wrapping(7373); // 0.899976223
    let z2 = (in5 + in3) * Wrapping(20995); // 2.562915447
    let z3 = z5 - z3 * Wrapping(16069); // 1.961570560
    let z4 = z5 - z4 * Wrapping(3196); // 0.390180644
    let o0 = in1 * Wrapping(12299) - z1 + z4; // 1.501321110
    let o1 = in3 * Wrapping(25172) - z2 + z3; // 3.072711026
    let o2 = in5 * Wrapping(16819) - z2 + z4; // 2.053119869
    let o3 = in7 * Wrapping(2446) - z1 + z3; // 0.298631336

    [e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0].map(|Wrapping(sum)| sum)
}

/// Rows become columns.
#[inline(always)]
pub(super) fn transpose(rows: &Rows) -> Rows {
    let mut columns = [[0; 8]; 8];
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let rows = r0.iter().zip(r1).zip(r2).zip(r3).zip(r4).zip(r5).zip(r6).zip(r7);
    for (column, (((((((a, b), c), d), e), f), g), h)) in columns.iter_mut().zip(rows) {
        *column = [*a, *b, *c, *d, *e, *f, *g, *h];
    }
    columns
}
