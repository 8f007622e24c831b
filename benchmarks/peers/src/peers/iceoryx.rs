// SPDX-License-Identifier: Apache-2.0 OR MIT
//! This workspace and iceoryx2 0.10 as published: one program, compiled with either.

pub mod ours;
pub mod published;
