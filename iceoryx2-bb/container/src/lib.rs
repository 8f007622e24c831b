// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

pub mod error;
pub mod file_name;
pub mod file_path;
pub mod flatmap;
pub mod hash_map;
pub mod option;
pub mod path;
pub mod queue;
pub mod semantic_string;
pub mod slotmap;
pub mod string;
pub mod vector;

#[cfg(feature = "serde")]
mod serialization;
mod slots;

pub use error::{FromBytesError, Full, InsertError, NotUtf8, TooLong};
pub use file_name::FileName;
pub use file_path::FilePath;
pub use flatmap::FixedSizeFlatMap;
pub use hash_map::StaticHashMap;
pub use option::StaticOption;
pub use path::Path;
pub use queue::FixedSizeQueue;
pub use semantic_string::{SemanticString, SemanticStringError};
pub use slotmap::{FixedSizeSlotMap, SlotMapKey};
pub use string::StaticString;
pub use vector::StaticVec;
