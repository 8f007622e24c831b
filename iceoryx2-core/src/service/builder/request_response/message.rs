// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a builder was told about the types of a request or a response, and whether an existing service has them.

use super::{RequestResponseCreateError, RequestResponseOpenError, refusals::Refusals};
use crate::service::{
    alignment::Alignment,
    static_config::message_type_details::{MessageTypeDetails, TypeDetail},
};

/// What a builder was told beside the types it was made with.
#[derive(Debug, Clone, Default)]
pub(super) struct MessageDemands {
    /// The payload begins at a multiple of it.
    pub(super) payload_alignment: Option<Alignment>,
    /// What the payload's marker stands for.
    pub(super) payload: Option<TypeDetail>,
    /// What the user header's marker stands for.
    pub(super) user_header: Option<TypeDetail>,
}

/// The types of one message.
#[derive(Debug)]
pub(super) struct TypedMessage {
    /// "request" or "response".
    message: &'static str,
    details: MessageTypeDetails,
    payload_alignment: Option<Alignment>,
}

impl MessageDemands {
    /// With the types the builder was made with.
    pub(super) fn typed(self, message: &'static str, details: MessageTypeDetails) -> TypedMessage {
        TypedMessage {
            message,
            details: MessageTypeDetails {
                payload: self.payload.unwrap_or(details.payload),
                user_header: self.user_header.unwrap_or(details.user_header),
            },
            payload_alignment: self.payload_alignment,
        }
    }
}

impl TypedMessage {
    /// The types of a new service.
    pub(super) fn fulfilled(&self) -> Result<MessageTypeDetails, RequestResponseCreateError> {
        let mut details = self.details.clone();
        if let Some(alignment) = self.payload_alignment {
            details.payload.alignment = details.payload.alignment.max(alignment.value());
        }
        match self.fault().or_else(|| details.fault()) {
            None => Ok(details),
            Some(fault) => Err(
                RequestResponseCreateError::UnsupportedRequestOrResponseType {
                    message: self.message,
                    reason: fault,
                },
            ),
        }
    }

    /// Whether `existing` is what was asked for.
    pub(super) fn agree(
        &self,
        existing: &MessageTypeDetails,
        refusals: Refusals<'_>,
    ) -> Result<(), RequestResponseOpenError> {
        if let Some(fault) = self.fault() {
            return Err(refusals.senseless_types(self.message, &fault));
        }
        if let Some(difference) = self.details.compare(existing) {
            return Err(refusals.other_types(self.message, &difference));
        }
        let there = existing.payload.alignment;
        match self.payload_alignment {
            Some(asked) if asked.value() > there => {
                Err(refusals.aligned_less(self.message, asked, there))
            }
            _ => Ok(()),
        }
    }

    /// What makes no sense in what the user says the types are.
    fn fault(&self) -> Option<String> {
        let uneven = |what: &str, detail: &TypeDetail| {
            let (size, alignment) = (detail.size, detail.alignment);
            let rest = size.checked_rem(alignment)?;
            (rest != 0).then(|| {
                format!(
                    "the {what}'s size of {size} is no multiple of its alignment of {alignment}"
                )
            })
        };
        self.details
            .fault()
            .or_else(|| uneven("payload", &self.details.payload))
            .or_else(|| uneven("user header", &self.details.user_header))
    }
}
