//! A widget: the file that a person writes, and the versions that are published from it.
//!
//! | module | what it does |
//! |---|---|
//! | [`mod@file`] | the shape of the file, and its JSON Schema for editors |
//! | [`tree`] | the file as it was written, every value with its place |
//! | [`check`] | names every fault of a file, each with its place |
//! | [`content`] | what a version says, with nothing left to look up |
//! | [`publish`] | from a file to a version, and whether the version asks for more than the one before |
//! | [`appearance`], [`colour`] | how it looks, and whether it can be read |
//! | [`export`] | from a version back to a file |
//! | [`render`] | what a visitor is shown, in one language |
//! | [`first_layer`] | the banner of that, ready to be drawn |

pub mod appearance;
pub mod check;
pub mod colour;
pub mod content;
pub mod export;
pub mod file;
pub mod first_layer;
pub mod publish;
pub mod render;
pub mod tree;

pub use check::{Fault, Faults};
pub use content::{Content, Version};
