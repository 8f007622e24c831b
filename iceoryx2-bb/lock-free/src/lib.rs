// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

mod primitive;

pub mod fetch;
pub mod lock;
pub mod ring;
pub mod shared_cell;
pub mod sleep;
pub mod word;
