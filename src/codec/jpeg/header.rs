//! Frame and scan headers, and the tables between them (ITU-T T.81 B.2).

use super::huffman::HuffmanTable;
use super::marker::{Segments, code};
use super::{Reason, Result};

/// Components of a frame: DICOM has no more samples in a pixel.
pub(super) const MOST_COMPONENTS: usize = 4;

/// How a frame is coded (ITU-T T.81 Table B.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Process {
    /// SOF0 and SOF1: a DCT, blocks whole.
    Sequential,
    /// SOF2: a DCT, coefficients over several scans.
    Progressive,
    /// SOF3: differences of samples.
    Lossless,
}

/// The frame header (ITU-T T.81 B.2.2).
#[derive(Clone, Debug)]
pub(super) struct FrameHeader {
    pub(super) process: Process,
    /// Bits of a sample.
    pub(super) precision: u8,
    /// 0: known behind the first scan only.
    pub(super) lines: u16,
    pub(super) columns: u16,
    pub(super) components: Vec<Component>,
}

/// A component of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Component {
    pub(super) identifier: u8,
    /// Horizontal sampling factor.
    pub(super) horizontal: u8,
    /// Vertical sampling factor.
    pub(super) vertical: u8,
    pub(super) quantization_table: u8,
}

/// The scan header (ITU-T T.81 B.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScanHeader {
    pub(super) components: Vec<ScanComponent>,
    /// Start of spectral selection; the selection value of the predictor in lossless coding.
    pub(super) start: u8,
    /// End of spectral selection.
    pub(super) end: u8,
    /// Successive approximation, bit position high.
    pub(super) high: u8,
    /// Successive approximation, bit position low; the point transform in lossless coding.
    pub(super) low: u8,
}

/// A component of a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ScanComponent {
    /// Its place in the frame.
    pub(super) index: usize,
    pub(super) dc_table: u8,
    pub(super) ac_table: u8,
}

/// What is in force until something else comes (ITU-T T.81 B.2.4).
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) dc: [Option<HuffmanTable>; 4],
    pub(super) ac: [Option<HuffmanTable>; 4],
    /// In zigzag order.
    pub(super) quantization: [Option<[u16; 64]>; 4],
    /// MCUs of a restart interval; 0 for none.
    pub(super) restart_interval: u16,
}

/// Reads up to the next scan or the end.
pub(super) struct Headers<'a> {
    pub(super) segments: Segments<'a>,
    pub(super) frame: Option<FrameHeader>,
    pub(super) tables: Tables,
    /// Lines by a DNL segment.
    pub(super) number_of_lines: Option<u16>,
    /// The EOI marker was met.
    pub(super) is_ended: bool,
}

impl<'a> Headers<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self> {
        Ok(Self {
            segments: Segments::new(bytes)?,
            frame: None,
            tables: Tables::default(),
            number_of_lines: None,
            is_ended: false,
        })
    }

    /// The frame header; what is before it is read.
    pub(super) fn frame(&mut self) -> Result<&FrameHeader> {
        while self.frame.is_none() {
            let Some(segment) = self.segments.next()? else { break };
            if matches!(segment.code, code::EOI | code::SOS) {
                break;
            }
            self.read(segment.code, segment.parameters)?;
        }
        self.frame.as_ref().ok_or(Reason::Borrowed("no frame header"))
    }

    /// The header of the next scan, whose bits follow; `None` at the end of the image.
    pub(super) fn next_scan(&mut self) -> Result<Option<ScanHeader>> {
        while let Some(segment) = self.segments.next()? {
            match segment.code {
                code::EOI => {
                    self.is_ended = true;
                    return Ok(None);
                }
                code::SOS => {
                    let frame = self.frame.as_ref().ok_or("a scan before the frame header")?;
                    return ScanHeader::parse(segment.parameters, frame).map(Some);
                }
                other => self.read(other, segment.parameters)?,
            }
        }
        // Writers forget the EOI marker: whether all components were there is checked by the caller.
        Ok(None)
    }

    fn read(&mut self, code: u8, parameters: &[u8]) -> Result<()> {
        match code {
            code::DHT => self.huffman_tables(parameters),
            code::DQT => self.quantization_tables(parameters),
            code::DRI => {
                let interval = parameters.first_chunk().ok_or("a DRI segment is too short")?;
                self.tables.restart_interval = u16::from_be_bytes(*interval);
                Ok(())
            }
            code::DNL => {
                let lines = parameters.first_chunk().ok_or("a DNL segment is too short")?;
                self.number_of_lines = Some(u16::from_be_bytes(*lines));
                Ok(())
            }
            code::SOF55 => Err(Reason::Borrowed("a codestream of JPEG-LS")),
            code::DHP | code::SOF5..=code::SOF7 => {
                Err(Reason::Borrowed("hierarchical JPEG is not supported"))
            }
            code::DAC | code::SOF9..=code::SOF15 => {
                Err(Reason::Borrowed("JPEG with arithmetic coding is not supported"))
            }
            code::SOF0..=code::SOF3 => {
                if self.frame.is_some() {
                    return Err(Reason::Borrowed("a second frame header"));
                }
                self.frame = Some(FrameHeader::parse(code, parameters)?);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn huffman_tables(&mut self, mut parameters: &[u8]) -> Result<()> {
        while let Some((&selector, rest)) = parameters.split_first() {
            let (table, rest) = HuffmanTable::parse(rest)?;
            let tables = match selector >> 4 {
                0 => &mut self.tables.dc,
                1 => &mut self.tables.ac,
                class => return Err(format!("a Huffman table of class {class}").into()),
            };
            let place = tables.get_mut(usize::from(selector & 15));
            *place.ok_or_else(|| format!("Huffman table {} of 0 to 3", selector & 15))? = Some(table);
            parameters = rest;
        }
        Ok(())
    }

    fn quantization_tables(&mut self, mut parameters: &[u8]) -> Result<()> {
        while let Some((&selector, rest)) = parameters.split_first() {
            let short = "a DQT segment is too short for its tables";
            let mut table = [0; 64];
            let rest = match selector >> 4 {
                0 => {
                    let (values, rest) = rest.split_first_chunk::<64>().ok_or(short)?;
                    table.iter_mut().zip(values).for_each(|(to, from)| *to = u16::from(*from));
                    rest
                }
                1 => {
                    let (values, rest) = rest.split_first_chunk::<128>().ok_or(short)?;
                    let (values, _) = values.as_chunks();
                    table.iter_mut().zip(values).for_each(|(to, from)| *to = u16::from_be_bytes(*from));
                    rest
                }
                precision => return Err(format!("a quantization table of precision {precision}").into()),
            };
            let place = self.tables.quantization.get_mut(usize::from(selector & 15));
            *place.ok_or_else(|| format!("quantization table {} of 0 to 3", selector & 15))? = Some(table);
            parameters = rest;
        }
        Ok(())
    }
}

impl FrameHeader {
    pub(super) fn parse(code: u8, parameters: &[u8]) -> Result<Self> {
        let short = "a frame header is too short";
        let (header, rest) = parameters.split_first_chunk::<6>().ok_or(short)?;
        let [precision, lines_high, lines_low, columns_high, columns_low, count] = *header;
        let (process, precisions) = match code {
            code::SOF0 => (Process::Sequential, 8..=8),
            code::SOF2 => (Process::Progressive, 8..=12),
            code::SOF3 => (Process::Lossless, 2..=16),
            _ => (Process::Sequential, 8..=12),
        };
        let is_dct = process != Process::Lossless;
        if !precisions.contains(&precision) || is_dct && !matches!(precision, 8 | 12) {
            return Err(format!("precision {precision} is not one of its process").into());
        }
        let count = usize::from(count);
        if !(1..=MOST_COMPONENTS).contains(&count) {
            return Err(format!("{count} components: 1 to {MOST_COMPONENTS} are supported").into());
        }
        let (components, _) = rest.get(..3 * count).ok_or(short)?.as_chunks();
        let components: Vec<Component> = components.iter().map(|bytes| Component::parse(*bytes)).collect();
        for (number, component) in components.iter().enumerate() {
            if !component.is_valid() {
                return Err(format!("a sampling factor of component {number} is not 1 to 4").into());
            }
        }
        Ok(Self {
            process,
            precision,
            lines: u16::from_be_bytes([lines_high, lines_low]),
            columns: u16::from_be_bytes([columns_high, columns_low]),
            components,
        })
    }
}

impl Component {
    fn parse([identifier, factors, quantization_table]: [u8; 3]) -> Self {
        Self { identifier, horizontal: factors >> 4, vertical: factors & 15, quantization_table }
    }

    fn is_valid(&self) -> bool {
        (1..=4).contains(&self.horizontal) && (1..=4).contains(&self.vertical)
    }
}

impl ScanHeader {
    fn parse(parameters: &[u8], frame: &FrameHeader) -> Result<Self> {
        let short = "a scan header is too short";
        let (&count, rest) = parameters.split_first().ok_or(short)?;
        let count = usize::from(count);
        let (selectors, rest) = rest.split_at_checked(2 * count).ok_or(short)?;
        let [start, end, approximation] = *rest.first_chunk().ok_or(short)?;
        let mut components: Vec<ScanComponent> = Vec::with_capacity(MOST_COMPONENTS);
        for [identifier, tables] in selectors.as_chunks().0 {
            let found = frame.components.iter().enumerate().find(|(index, component)| {
                // Two components with one identifier are told apart by their order.
                component.identifier == *identifier && components.iter().all(|before| before.index != *index)
            });
            let (index, _) = found.ok_or("a scan of a component that the frame has not")?;
            components.push(ScanComponent { index, dc_table: tables >> 4, ac_table: tables & 15 });
        }
        if components.is_empty() {
            return Err(Reason::Borrowed("a scan of no component"));
        }
        Ok(Self { components, start, end, high: approximation >> 4, low: approximation & 15 })
    }
}
