//! Many files at once.

mod pool;
mod walk;

pub use pool::Pool;
pub use walk::{Found, Walk};
