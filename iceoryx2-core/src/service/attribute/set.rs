// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The attributes of a service.

use super::{ATTRIBUTES_MAX, Attribute, AttributeDefinitionError, AttributeKey, AttributeValue};
use crate::callback_progression::CallbackProgression;
use core::fmt;

/// Attributes, in the order in which they were defined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
// INVARIANT: at most ATTRIBUTES_MAX.
pub struct AttributeSet(Vec<Attribute>);

impl AttributeSet {
    /// Adds one, as long as there is room.
    pub(crate) fn add(
        &mut self,
        key: &AttributeKey,
        value: &AttributeValue,
    ) -> Result<(), AttributeDefinitionError> {
        if self.0.len() >= ATTRIBUTES_MAX {
            return Err(AttributeDefinitionError::ExceedsMaxSupportedAttributes);
        }
        self.0.push(Attribute::new(key, value));
        Ok(())
    }

    /// All of them.
    pub fn iter(&self) -> core::slice::Iter<'_, Attribute> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many values `key` has.
    #[must_use]
    pub fn number_of_key_values(&self, key: &AttributeKey) -> usize {
        self.values(key).count()
    }

    /// The value of `key` that was defined at place `index` among its values.
    #[must_use]
    pub fn key_value(&self, key: &AttributeKey, index: usize) -> Option<&AttributeValue> {
        self.values(key).nth(index)
    }

    /// Shows the values of `key` to `callback`.
    pub fn iter_key_values<F: FnMut(&AttributeValue) -> CallbackProgression>(
        &self,
        key: &AttributeKey,
        mut callback: F,
    ) {
        let _ = self
            .values(key)
            .find(|value| callback(value) == CallbackProgression::Stop);
    }

    pub(super) fn values<'a, 'k>(
        &'a self,
        key: &'k AttributeKey,
    ) -> impl Iterator<Item = &'a AttributeValue> + use<'a, 'k> {
        self.0
            .iter()
            .filter(move |attribute| attribute.key() == key)
            .map(Attribute::value)
    }
}

impl<'a> IntoIterator for &'a AttributeSet {
    type Item = &'a Attribute;
    type IntoIter = core::slice::Iter<'a, Attribute>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for AttributeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attribute) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{attribute}")?;
        }
        Ok(())
    }
}
