// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What somebody requires of the attributes of a service.

use super::{
    ATTRIBUTES_MAX, Attribute, AttributeDefinitionError, AttributeKey, AttributeSet, AttributeValue,
};
use core::fmt;

/// What an opener requires. A service may say more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
// INVARIANT: attributes and keys together are at most ATTRIBUTES_MAX, so that a service with all of them can be.
pub struct AttributeVerifier {
    attributes: AttributeSet,
    keys: Vec<AttributeKey>,
}

/// What a service does not say that was required of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttributeVerificationError {
    /// The key has not this value.
    IncompatibleAttribute {
        /// What was required.
        required: Attribute,
        /// The values the key has.
        found: Vec<AttributeValue>,
    },
    /// The key has no value.
    MissingKey(AttributeKey),
}

impl AttributeVerifier {
    /// Requires nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Requires that `value` is one of the values of `key`.
    ///
    /// # Errors
    /// [`AttributeDefinitionError`] if no service could say so much.
    pub fn require(
        mut self,
        key: &AttributeKey,
        value: &AttributeValue,
    ) -> Result<Self, AttributeDefinitionError> {
        self.make_room()?;
        self.attributes.add(key, value)?;
        Ok(self)
    }

    /// Requires that `key` has a value, whichever.
    ///
    /// # Errors
    /// [`AttributeDefinitionError`] if no service could say so much.
    pub fn require_key(mut self, key: &AttributeKey) -> Result<Self, AttributeDefinitionError> {
        self.make_room()?;
        self.keys.push(key.clone());
        Ok(self)
    }

    fn make_room(&self) -> Result<(), AttributeDefinitionError> {
        if self.attributes.len() + self.keys.len() < ATTRIBUTES_MAX {
            Ok(())
        } else {
            Err(AttributeDefinitionError::ExceedsMaxSupportedAttributes)
        }
    }

    /// The pairs that are required.
    #[must_use]
    pub fn required_attributes(&self) -> &AttributeSet {
        &self.attributes
    }

    /// The keys that are required with whichever value.
    #[must_use]
    pub fn required_keys(&self) -> &[AttributeKey] {
        &self.keys
    }

    /// Whether `existing` is what is required. The first thing it is not is named.
    ///
    /// # Errors
    /// [`AttributeVerificationError`].
    pub fn verify_requirements(
        &self,
        existing: &AttributeSet,
    ) -> Result<(), AttributeVerificationError> {
        for required in &self.attributes {
            let mut values = existing.values(required.key());
            if !values.any(|value| value == required.value()) {
                return Err(AttributeVerificationError::IncompatibleAttribute {
                    required: required.clone(),
                    found: existing.values(required.key()).cloned().collect(),
                });
            }
        }
        let missing = self
            .keys
            .iter()
            .find(|key| existing.number_of_key_values(key) == 0);
        missing.map_or(Ok(()), |key| {
            Err(AttributeVerificationError::MissingKey(key.clone()))
        })
    }

    /// The least a service can say that satisfies this. A key without a value gets the empty one.
    pub(crate) fn least(&self) -> AttributeSet {
        let mut least = self.attributes.clone();
        let nothing = AttributeValue::empty();
        for key in &self.keys {
            if least.number_of_key_values(key) == 0 {
                // INVARIANT: there is room, see the type.
                let _ = least.add(key, &nothing);
            }
        }
        least
    }
}

impl fmt::Display for AttributeVerificationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IncompatibleAttribute { required, found } => {
                write!(f, "the attribute {required} is required, and there is ")?;
                let key = required.key().as_str();
                for (index, value) in found.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{key:?} = {:?}", value.as_str())?;
                }
                if found.is_empty() {
                    write!(f, "no {key:?}")?;
                }
                Ok(())
            }
            Self::MissingKey(key) => {
                let key = key.as_str();
                write!(
                    f,
                    "an attribute {key:?} is required, and there is no {key:?}"
                )
            }
        }
    }
}

impl std::error::Error for AttributeVerificationError {}
