// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Documents in TOML: the configuration, and the contract of a service.
//!
//! ```text
//!     text ── toml ──▶ tree with its places in the text ── read ──▶ a type that serde describes
//!     a type, line by line ── write ──▶ text
//! ```
//!
//! WHY: `toml::from_str` is compiled for every field of every type in four ways, for the document, its tables, spanned
//! values and dates, and so was most of what this crate took to build. What reads here is compiled once for each.

mod read;
mod write;

pub(crate) use read::{Document, ReadError};
pub(crate) use write::Writer;
