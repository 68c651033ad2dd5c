//! One trait a direction, one file a codec.
