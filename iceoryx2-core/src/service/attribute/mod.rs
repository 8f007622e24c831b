// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attributes: what a service says of itself, in the user's own words.
//!
//! A service has up to [`ATTRIBUTES_MAX`] pairs of a key and a value, and a key may have several values. Who creates the
//! service defines them, they never change, and who opens it may require some:
//!
//! ```
//! use iceoryx2::prelude::*;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let root = std::env::temp_dir().join(format!("iceoryx2-attributes-{}", std::process::id()));
//! # let mut config = Config::default();
//! # config.global.set_root_path(&root);
//! # let node = NodeBuilder::new().config(&config).create::<ipc::Service>()?;
//! let builder = || {
//!     let name = "My/Camera".try_into()?;
//!     Ok::<_, Box<dyn std::error::Error>>(node.service_builder(&name).request_response::<u64, u64>())
//! };
//! let side = "side".try_into()?;
//! let defined = AttributeSpecifier::new().define(&side, &"front".try_into()?)?;
//! let service = builder()?.create_with_attributes(&defined)?;
//! assert_eq!(service.attributes().key_value(&side, 0).map(|side| side.as_str()), Some("front"));
//!
//! let required = AttributeVerifier::new().require(&side, &"rear".try_into()?)?;
//! assert!(builder()?.open_with_attributes(&required).is_err());
//! # drop((service, builder));
//! # drop(node);
//! # std::fs::remove_dir_all(&root)?;
//! # Ok(())
//! # }
//! ```

mod set;
mod specifier;
mod verifier;

pub use set::AttributeSet;
pub use specifier::AttributeSpecifier;
pub use verifier::{AttributeVerificationError, AttributeVerifier};

use crate::text_name::text_name;
use core::fmt;

/// How many attributes a service has at most.
pub const ATTRIBUTES_MAX: usize = 8;

text_name! {
    /// What an attribute is about: 1 to 64 bytes of UTF-8.
    AttributeKey, AttributeKeyError, "attribute key", (1..=64)
}

text_name! {
    /// What an attribute says: 0 to 256 bytes of UTF-8.
    AttributeValue, AttributeValueError, "attribute value", (0..=256)
}

impl AttributeValue {
    /// Says nothing.
    pub(crate) const fn empty() -> Self {
        Self(String::new())
    }
}

/// A key and one of its values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attribute {
    key: AttributeKey,
    value: AttributeValue,
}

/// Why no further attribute was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeDefinitionError {
    /// There are [`ATTRIBUTES_MAX`] already.
    ExceedsMaxSupportedAttributes,
}

impl Attribute {
    pub(crate) fn new(key: &AttributeKey, value: &AttributeValue) -> Self {
        Self {
            key: key.clone(),
            value: value.clone(),
        }
    }

    /// What it is about.
    #[must_use]
    pub fn key(&self) -> &AttributeKey {
        &self.key
    }

    /// What it says.
    #[must_use]
    pub fn value(&self) -> &AttributeValue {
        &self.value
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} = {:?}", self.key.as_str(), self.value.as_str())
    }
}

impl fmt::Display for AttributeDefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::ExceedsMaxSupportedAttributes = self;
        write!(
            f,
            "a service has at most {ATTRIBUTES_MAX} attributes; say several things in one value"
        )
    }
}

impl std::error::Error for AttributeDefinitionError {}

#[cfg(test)]
mod tests;
