// Written by generate.py from tables/; do not edit.
pub(super) mod codes;
pub(crate) mod transfer_syntaxes;
