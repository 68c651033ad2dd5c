//! Transfer syntaxes (PS3.5 §10, Annex A): one table.
