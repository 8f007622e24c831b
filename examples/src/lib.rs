// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

pub mod children;
pub mod command_line;
pub mod cycles;
pub mod file_transfer;
pub mod growing;
pub mod partial_file;
pub mod powers;
pub mod served_directory;
