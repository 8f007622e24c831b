// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Documents in TOML: the configuration, and the contract of a service.
//!
//! ```text
//!     text ── toml ──▶ tables and values with their places in the text ──▶ a type that takes what it has a place for
//!     a type, line by line ── write ──▶ text
//! ```
//!
//! WHY not `toml::from_str` and derived readers: they are compiled for every field of every type, in several ways each,
//! and were most of what this crate took to build; a user's first build would begin with the compiler of such readers.

mod plain;
mod read;
mod write;

pub(crate) use plain::{OneOf, Plain};
pub(crate) use read::{Document, ReadError, Table};
pub(crate) use write::Writer;
