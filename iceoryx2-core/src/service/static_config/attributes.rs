// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How attributes stand in a contract.

use crate::service::attribute::{AttributeKey, AttributeSet, AttributeValue};
use serde::{Deserialize, Serialize};

/// One of them.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Document {
    key: String,
    value: String,
}

pub(super) fn document(attributes: &AttributeSet) -> Vec<Document> {
    attributes
        .iter()
        .map(|attribute| Document {
            key: attribute.key().as_str().to_owned(),
            value: attribute.value().as_str().to_owned(),
        })
        .collect()
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
