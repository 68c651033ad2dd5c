//! How finely a codestream is cut (ISO/IEC 15444-1 §A.6.1, §B.6): decoders set up as many precincts and packets as it
//! asks for before they read one, and a few bytes can ask for more than there is memory for.

/// Precincts and packets of a component that an image of any size may have.
const ANY: u64 = 1 << 12;

/// Pixels to a precinct: writers do not go below 32 x 32 on the finest level.
const PIXELS_PER_PRECINCT: u64 = 32;

/// Columns and rows of an image, and its layers.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    pub(super) columns: u32,
    pub(super) rows: u32,
    /// Layers, as the last COD says.
    pub(super) layers: u16,
    /// The fewest decomposition levels that a COD or COC gives: each halves rows and columns.
    pub(super) levels: u8,
}

impl Extent {
    fn pixels(&self) -> u64 {
        u64::from(self.columns) * u64::from(self.rows)
    }

    /// Checks the tiles, each of which has tables of its own.
    pub(super) fn check_tiles(&self, tiles: u32) -> Result<(), String> {
        if tiles <= 64 || u64::from(tiles) * 1024 <= self.pixels() {
            return Ok(());
        }
        Err(format!("{tiles} tiles in an image of {} rows and {} columns", self.rows, self.columns))
    }

    /// Checks the content of COD behind its length.
    pub(super) fn check_default(&mut self, content: &[u8]) -> Result<(), String> {
        let [style, _, a, b, _, rest @ ..] = content else { return Err("COD is too short".to_owned()) };
        self.layers = u16::from_be_bytes([*a, *b]);
        self.check(*style, rest)
    }

    /// Checks the content of COC behind its length.
    pub(super) fn check_component(&mut self, content: &[u8]) -> Result<(), String> {
        // Fewer than 257 components: a byte for the number of one.
        let [_, style, rest @ ..] = content else { return Err("COC is too short".to_owned()) };
        self.check(*style, rest)
    }

    /// `parameters` begin with the number of decomposition levels.
    fn check(&mut self, style: u8, parameters: &[u8]) -> Result<(), String> {
        let [levels, _, _, _, _, sizes @ ..] = parameters else {
            return Err("the coding style is cut short".to_owned());
        };
        if *levels > 32 {
            return Err(format!("{levels} decomposition levels"));
        }
        self.levels = self.levels.min(*levels);
        let has_sizes = style & 1 != 0;
        let precincts = (0..=*levels).map(|level| {
            let size = if has_sizes { sizes.get(usize::from(level)).copied()? } else { 0xFF };
            let along = |length: u32, exponent: u8| {
                // Of the resolution level; a precinct can be cut in two at either end.
                let length = u64::from(length) >> (levels - level).min(63);
                (length >> exponent) + 2
            };
            Some(along(self.columns, size & 0xF) * along(self.rows, size >> 4))
        });
        let precincts: Option<u64> = precincts.sum();
        let precincts = precincts.ok_or("the coding style is cut short")?;
        let most = self.pixels() / PIXELS_PER_PRECINCT + ANY;
        let packets = precincts.saturating_mul(self.layers.max(1).into());
        if precincts <= most && packets <= self.pixels().saturating_mul(2).saturating_add(64 * ANY) {
            return Ok(());
        }
        Err(format!(
            "{precincts} precincts and {} layers in an image of {} rows and {} columns",
            self.layers, self.rows, self.columns
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: Extent = Extent { columns: 512, rows: 512, layers: 0, levels: u8::MAX };

    fn cod(layers: u16, style: u8, sizes: &[u8]) -> Vec<u8> {
        let [a, b] = layers.to_be_bytes();
        [&[style, 0, a, b, 0, 5, 4, 4, 0, 1], sizes].concat()
    }

    #[test]
    fn takes_what_writers_make() {
        for layers in [1, 12, 50] {
            assert_eq!(IMAGE.clone().check_default(&cod(layers, 0, &[])), Ok(()));
            assert_eq!(
                IMAGE.clone().check_default(&cod(layers, 1, &[0x44, 0x55, 0x55, 0x66, 0x66, 0x66])),
                Ok(())
            );
        }
        let mut image = IMAGE;
        assert_eq!(image.check_component(&[0, 0, 5, 4, 4, 0, 1]), Ok(()));
        assert_eq!((image.check_component(&[0, 0, 6, 4, 4, 0, 1]), image.levels), (Ok(()), 5));
        assert_eq!((IMAGE.check_tiles(1), IMAGE.check_tiles(256)), (Ok(()), Ok(())));
    }

    #[test]
    fn refuses_what_asks_for_more_than_the_image() {
        let error = IMAGE.clone().check_default(&cod(1, 1, &[0; 6])).unwrap_err();
        assert!(error.contains("precincts and 1 layers in an image of 512 rows and 512 columns"), "{error}");
        assert!(IMAGE.clone().check_default(&cod(u16::MAX, 0, &[])).is_err());
        assert!(IMAGE.clone().check_default(&cod(1, 1, &[0x55])).is_err());
        assert!(IMAGE.clone().check_component(&[0, 1, 5, 4, 4, 0, 1, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(IMAGE.clone().check_component(&[0, 0, 33, 4, 4, 0, 1]).is_err());
        assert_eq!(
            IMAGE.check_tiles(65_535),
            Err("65535 tiles in an image of 512 rows and 512 columns".to_owned())
        );
        for cut in 0..10 {
            assert!(IMAGE.clone().check_default(&cod(1, 0, &[])[..cut]).is_err());
        }
    }
}
