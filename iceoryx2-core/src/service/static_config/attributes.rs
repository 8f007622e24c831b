// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How attributes stand in a contract.

use crate::{
    document::{ReadError, Table, Writer},
    service::attribute::{AttributeKey, AttributeSet, AttributeValue},
};

/// One of them.
#[cfg_attr(
    test,
    derive(Debug, PartialEq, serde::Deserialize),
    serde(rename_all = "kebab-case", deny_unknown_fields)
)]
pub(super) struct Document {
    key: String,
    value: String,
}

impl Document {
    pub(super) fn parse(table: &Table<'_>) -> Result<Self, ReadError> {
        table.has_only(&["key", "value"])?;
        Ok(Self {
            key: table.text("key")?,
            value: table.text("value")?,
        })
    }
}

pub(super) fn write(attributes: &AttributeSet, writer: &mut Writer) {
    for attribute in attributes.iter() {
        writer.element("attributes");
        writer.text("key", attribute.key().as_str());
        writer.text("value", attribute.value().as_str());
    }
}

pub(super) fn read(documents: &[Document]) -> Result<AttributeSet, String> {
    let mut attributes = AttributeSet::default();
    for Document { key, value } in documents {
        let key = AttributeKey::new(key).map_err(|error| error.to_string())?;
        let value = AttributeValue::new(value).map_err(|error| error.to_string())?;
        attributes
            .add(&key, &value)
            .map_err(|error| error.to_string())?;
    }
    Ok(attributes)
}
