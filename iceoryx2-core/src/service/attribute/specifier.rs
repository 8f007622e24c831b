// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a new service shall say of itself.

use super::{AttributeDefinitionError, AttributeKey, AttributeSet, AttributeValue};

/// The attributes of a service that is to be created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeSpecifier(AttributeSet);

impl AttributeSpecifier {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives `key` a value, or one more.
    ///
    /// # Errors
    /// [`AttributeDefinitionError`] if there are too many.
    pub fn define(
        mut self,
        key: &AttributeKey,
        value: &AttributeValue,
    ) -> Result<Self, AttributeDefinitionError> {
        self.0.add(key, value)?;
        Ok(self)
    }

    /// What was defined.
    #[must_use]
    pub fn attributes(&self) -> &AttributeSet {
        &self.0
    }
}
