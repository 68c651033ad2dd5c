//! Samples → a codestream.

use super::bit_writer::BitWriter;
use super::encode_line::encode_line;
use super::marker::code;
use super::model::{Lines, Model, cell};
use super::parameters::{Coding, Interleave, Presets};

/// How an image is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// Bits of a sample, 2 to 16.
    pub precision: u8,
    /// How far a sample may be from what it was; zero is lossless.
    pub near: u8,
    /// How components take turns.
    pub interleave: Interleave,
    /// Zeros are the defaults of the standard; they are not written then.
    pub presets: Presets,
    /// Lines between restarts; zero for none.
    pub restart_interval: u16,
}

impl Encoding {
    /// Lossless, with the defaults of the standard.
    #[must_use]
    pub fn lossless(precision: u8) -> Self {
        Self {
            precision,
            near: 0,
            interleave: Interleave::None,
            presets: Presets::default(),
            restart_interval: 0,
        }
    }
}

/// An image: colour by pixel.
#[derive(Clone, Copy, Debug)]
pub struct Image<'s> {
    /// Rows.
    pub rows: u16,
    /// Columns.
    pub columns: u16,
    /// Samples of a pixel, 1 to 4.
    pub components: u8,
    /// As many as rows, columns and components make.
    pub samples: &'s [u16],
}

/// Encodes an image as a codestream of JPEG-LS (T.87).
///
/// # Errors
/// What of the image or the encoding cannot be.
pub fn encode(image: &Image<'_>, encoding: &Encoding) -> Result<Vec<u8>, String> {
    let coding = Coding::new(encoding.precision, encoding.near, &encoding.presets)?;
    check(image, &coding)?;
    let mut out = vec![0xFF, code::SOI];
    headers(image, encoding, &coding, &mut out);
    let components: Vec<u8> = (0..image.components).collect();
    let is_together = encoding.interleave != Interleave::None && image.components > 1;
    let scans = components.chunks(if is_together { components.len() } else { 1 });
    for places in scans {
        scan_header(places, encoding, &mut out);
        let by_sample = encoding.interleave == Interleave::Sample;
        let data = match if by_sample { places.len() } else { 1 } {
            1 => scan::<1>(image, encoding, coding, places)?,
            2 => scan::<2>(image, encoding, coding, places)?,
            3 => scan::<3>(image, encoding, coding, places)?,
            _ => scan::<4>(image, encoding, coding, places)?,
        };
        out.extend(data);
    }
    out.extend([0xFF, code::EOI]);
    Ok(out)
}

fn check(image: &Image<'_>, coding: &Coding) -> Result<(), String> {
    let Image { rows, columns, components, samples } = image;
    let needed = usize::from(*rows) * usize::from(*columns) * usize::from(*components);
    if needed == 0 || samples.len() != needed || !(1..=4).contains(components) {
        let found = samples.len();
        return Err(format!("{found} samples for {rows} rows, {columns} columns, {components} components"));
    }
    if samples.iter().any(|sample| i32::from(*sample) > coding.maximum) {
        return Err(format!("a sample is larger than {}", coding.maximum));
    }
    Ok(())
}

fn segment(marker: u8, content: &[&[u8]], out: &mut Vec<u8>) {
    let length: usize = content.iter().map(|part| part.len()).sum();
    out.extend([0xFF, marker]);
    out.extend(u16::try_from(length + 2).unwrap_or(u16::MAX).to_be_bytes());
    content.iter().for_each(|part| out.extend(*part));
}

fn headers(image: &Image<'_>, encoding: &Encoding, coding: &Coding, out: &mut Vec<u8>) {
    let components: Vec<u8> = (1..=image.components).flat_map(|identifier| [identifier, 0x11, 0]).collect();
    let (rows, columns) = (image.rows.to_be_bytes(), image.columns.to_be_bytes());
    let size: &[&[u8]] = &[&[encoding.precision], &rows, &columns, &[image.components], &components];
    segment(code::SOF55, size, out);
    if encoding.presets != Presets::default() {
        // All of them: there are decoders that do not know what zero stands for.
        let [t1, t2, t3] = coding.thresholds.map(cell);
        let values = [cell(coding.maximum), t1, t2, t3, coding.reset].map(u16::to_be_bytes);
        segment(code::LSE, &[&[1], values.as_flattened()], out);
    }
    if encoding.restart_interval > 0 {
        segment(code::DRI, &[&encoding.restart_interval.to_be_bytes()], out);
    }
}

fn scan_header(places: &[u8], encoding: &Encoding, out: &mut Vec<u8>) {
    let components: Vec<u8> = places.iter().flat_map(|place| [place + 1, 0]).collect();
    let interleave = match encoding.interleave {
        _ if places.len() == 1 => 0,
        Interleave::None => 0,
        Interleave::Line => 1,
        Interleave::Sample => 2,
    };
    let count = u8::try_from(places.len()).unwrap_or_default();
    segment(code::SOS, &[&[count], &components, &[encoding.near, interleave, 0]], out);
}

/// The data of a scan, with its restarts.
fn scan<const N: usize>(
    image: &Image<'_>,
    encoding: &Encoding,
    coding: Coding,
    places: &[u8],
) -> Result<Vec<u8>, String> {
    let (columns, components) = (usize::from(image.columns), usize::from(image.components));
    let mut model = Model::new(coding)?;
    let groups = places.as_chunks::<N>().0;
    let mut lines = groups.iter().map(|_| Lines::<N>::new(columns)).collect::<Result<Vec<_>, String>>()?;
    let mut out = Vec::new();
    let mut bits = BitWriter::default();
    let interval = usize::from(encoding.restart_interval);
    for (row, samples) in image.samples.chunks_exact(columns * components).enumerate() {
        if interval > 0 && row > 0 && row % interval == 0 {
            out.extend(std::mem::take(&mut bits).finish());
            let number = u8::try_from((row / interval - 1) % 8).unwrap_or_default();
            out.extend([0xFF, code::RST + number]);
            model.restart();
            lines.iter_mut().for_each(Lines::restart);
        }
        for (line, places) in lines.iter_mut().zip(groups) {
            line.begin();
            for (pixel, found) in line.current.iter_mut().skip(1).zip(samples.chunks_exact(components)) {
                *pixel = places.map(|place| found.get(usize::from(place)).copied().unwrap_or_default());
            }
            encode_line(&mut model, &mut bits, line);
            line.end();
        }
    }
    out.extend(bits.finish());
    Ok(out)
}
