//! The inverse DCT (ITU-T T.81 A.3.3), equal to the bit to the accurate integer one of the Independent JPEG Group.
//!
//! After Loeffler, Ligtenberg and Moschytz (1989): eight samples with twelve multiplications. Constants have 13 bits
//! behind the point; between the passes there are [`Sample::EXTRA_BITS`].

/// Coefficients of a block, or its samples before they are clipped.
pub(super) type Block = [i32; 64];

/// Samples of 8 or of 12 bits.
pub(super) trait Sample: Copy + Default + Into<u16> + Send + Sync {
    /// Bits of a sample.
    const PRECISION: u32;

    /// Bits behind the point after the first pass.
    const EXTRA_BITS: u32;

    /// The nearest from 0 to `most`, which fits.
    fn clip(value: i32, most: i32) -> Self;

    /// Of a number that fits.
    fn narrow(value: u16) -> Self;
}

impl Sample for u8 {
    const PRECISION: u32 = 8;
    const EXTRA_BITS: u32 = 2;

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
    const EXTRA_BITS: u32 = 1;

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

const CONSTANT_BITS: u32 = 13;

/// Samples of dequantized coefficients, both row by row. `out` begins at the first sample; its rows are `stride` apart.
///
/// No sample becomes more than `most`.
#[inline(always)]
pub(super) fn transform<S: Sample>(coefficients: &Block, most: i32, out: &mut [S], stride: usize) {
    let (rows, _) = coefficients.as_chunks();
    let Some(rows) = rows.first_chunk() else { return };
    let columns = transpose(pass(*rows, CONSTANT_BITS - S::EXTRA_BITS));
    let rows = transpose(pass(columns, CONSTANT_BITS + S::EXTRA_BITS + 3));
    for (row, out) in rows.iter().zip(out.chunks_mut(stride)) {
        if let Some(out) = out.first_chunk_mut::<8>() {
            for (sample, value) in out.iter_mut().zip(row) {
                *sample = S::clip(value.wrapping_add(1 << (S::PRECISION - 1)), most);
            }
        }
    }
}

/// The same for a block with nothing but its DC coefficient.
#[inline(always)]
pub(super) fn transform_flat<S: Sample>(coefficient: i32, most: i32, out: &mut [S], stride: usize) {
    // Both passes are exact until the last rounding.
    let value = coefficient.wrapping_add(4) >> 3;
    let sample = S::clip(value.wrapping_add(1 << (S::PRECISION - 1)), most);
    for out in out.chunks_mut(stride).take(8) {
        if let Some(out) = out.first_chunk_mut::<8>() {
            *out = [sample; 8];
        }
    }
}

/// Eight numbers that go through the same steps.
#[derive(Clone, Copy)]
struct Lanes([i32; 8]);

impl Lanes {
    #[inline(always)]
    fn zip(self, other: Self, with: impl Fn(i32, i32) -> i32) -> Self {
        let mut lanes = self;
        lanes.0.iter_mut().zip(other.0).for_each(|(a, b)| *a = with(*a, b));
        lanes
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.zip(other, i32::wrapping_add)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.zip(other, i32::wrapping_sub)
    }

    #[inline(always)]
    fn times(self, constant: i32) -> Self {
        self.zip(self, |lane, _| lane.wrapping_mul(constant))
    }
}

/// One-dimensional transforms down the columns of eight rows.
#[inline(always)]
fn pass(rows: [[i32; 8]; 8], shift: u32) -> [[i32; 8]; 8] {
    let [in0, in1, in2, in3, in4, in5, in6, in7] = rows;
    let (in0, in1, in2, in3) = (Lanes(in0), Lanes(in1), Lanes(in2), Lanes(in3));
    let (in4, in5, in6, in7) = (Lanes(in4), Lanes(in5), Lanes(in6), Lanes(in7));

    let z1 = in2.plus(in6).times(4433); // 0.541196100
    let even2 = z1.plus(in6.times(-15137)); // 1.847759065
    let even3 = z1.plus(in2.times(6270)); // 0.765366865
    let even0 = in0.plus(in4).times(1 << CONSTANT_BITS);
    let even1 = in0.minus(in4).times(1 << CONSTANT_BITS);
    let even = [even0.plus(even3), even1.plus(even2), even1.minus(even2), even0.minus(even3)];

    let (z3, z4) = (in7.plus(in3), in5.plus(in1));
    let z5 = z3.plus(z4).times(9633); // 1.175875602
    let z1 = in7.plus(in1).times(-7373); // 0.899976223
    let z2 = in5.plus(in3).times(-20995); // 2.562915447
    let z3 = z3.times(-16069).plus(z5); // 1.961570560
    let z4 = z4.times(-3196).plus(z5); // 0.390180644
    let odd = [
        in1.times(12299).plus(z1).plus(z4), // 1.501321110
        in3.times(25172).plus(z2).plus(z3), // 3.072711026
        in5.times(16819).plus(z2).plus(z4), // 2.053119869
        in7.times(2446).plus(z1).plus(z3),  // 0.298631336
    ];

    let half = 1 << (shift - 1);
    let descale = |lanes: Lanes| lanes.zip(lanes, |lane, _| lane.wrapping_add(half) >> shift).0;
    let [e0, e1, e2, e3] = even;
    let [o0, o1, o2, o3] = odd;
    [
        descale(e0.plus(o0)),
        descale(e1.plus(o1)),
        descale(e2.plus(o2)),
        descale(e3.plus(o3)),
        descale(e3.minus(o3)),
        descale(e2.minus(o2)),
        descale(e1.minus(o1)),
        descale(e0.minus(o0)),
    ]
}

#[inline(always)]
fn transpose(rows: [[i32; 8]; 8]) -> [[i32; 8]; 8] {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let mut columns = [[0; 8]; 8];
    let rows = r0.into_iter().zip(r1).zip(r2).zip(r3).zip(r4).zip(r5).zip(r6).zip(r7);
    for (column, (((((((a, b), c), d), e), f), g), h)) in columns.iter_mut().zip(rows) {
        *column = [a, b, c, d, e, f, g, h];
    }
    columns
}
