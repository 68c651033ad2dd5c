//! One element's bytes ↔ value (PS3.5 §6); knows nothing of files.
