//! The caller's side: model -> projection -> progenitor -> Rust text.
