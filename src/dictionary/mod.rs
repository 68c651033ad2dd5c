//! Dictionaries (PS3.6): attributes, UIDs, private attributes; generated static tables.
