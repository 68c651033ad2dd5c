//! Pixel data (PS3.5 §8, PS3.3 C.7.6.3): what the attributes say, frames as byte ranges, unpacking.
