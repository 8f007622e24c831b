// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The programs shown in the front page and below `docs/`, so that they are compiled and run.

#[doc = include_str!("../../README.md")]
mod front_page {}

#[doc = include_str!("../../docs/concepts.md")]
mod concepts {}

#[doc = include_str!("../../docs/configuration.md")]
mod configuration {}

#[doc = include_str!("../../docs/migration.md")]
mod migration {}
