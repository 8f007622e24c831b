// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a builder was told, and whether an existing service satisfies it.

use super::{
    RequestResponseCreateError, RequestResponseOpenError,
    limits::{Limit, Limits},
    message::{MessageDemands, TypedMessage},
    refusals::Refusals,
};
use crate::{
    config::{LIMIT_MAX, RequestResponse},
    service::{
        attribute::{AttributeSet, AttributeSpecifier, AttributeVerifier},
        static_config::{Contract, request_response::StaticConfig},
    },
};

/// What a builder was told. `None` stands for: whatever there is.
#[derive(Debug, Clone, Default)]
pub(super) struct Demands {
    pub(super) safe_overflow_for_requests: Option<bool>,
    pub(super) safe_overflow_for_responses: Option<bool>,
    pub(super) fire_and_forget_requests: Option<bool>,
    pub(super) limits: Limits,
    pub(super) request: MessageDemands,
    pub(super) response: MessageDemands,
}

/// The same with what is always demanded: the types of the messages, and the attributes.
#[derive(Debug)]
pub(super) struct TypedDemands {
    pub(super) demands: Demands,
    pub(super) request: TypedMessage,
    pub(super) response: TypedMessage,
    pub(super) attributes: AttributeDemands,
}

/// What a builder was told about attributes.
#[derive(Debug, Default)]
pub(super) struct AttributeDemands {
    /// What a new service says.
    defined: AttributeSet,
    /// What an existing one must say.
    required: AttributeVerifier,
}

impl From<&AttributeSpecifier> for AttributeDemands {
    fn from(specifier: &AttributeSpecifier) -> Self {
        Self {
            defined: specifier.attributes().clone(),
            required: AttributeVerifier::default(),
        }
    }
}

impl From<&AttributeVerifier> for AttributeDemands {
    fn from(verifier: &AttributeVerifier) -> Self {
        Self {
            defined: verifier.least(),
            required: verifier.clone(),
        }
    }
}

impl TypedDemands {
    /// What a new service says of itself.
    pub(super) fn attributes(&self) -> &AttributeSet {
        &self.attributes.defined
    }

    /// What a new service shall have.
    pub(super) fn fulfilled(
        &self,
        defaults: &RequestResponse,
    ) -> Result<StaticConfig, RequestResponseCreateError> {
        let limit = |limit: Limit| {
            let value = self
                .demands
                .limits
                .get(limit)
                .unwrap_or_else(|| limit.default_of(defaults).max(1));
            if value <= LIMIT_MAX {
                Ok(value)
            } else {
                Err(RequestResponseCreateError::LimitOutOfRange {
                    option: limit.option(),
                    value,
                })
            }
        };
        Ok(StaticConfig {
            enable_safe_overflow_for_requests: self
                .demands
                .safe_overflow_for_requests
                .unwrap_or(defaults.enable_safe_overflow_for_requests),
            enable_safe_overflow_for_responses: self
                .demands
                .safe_overflow_for_responses
                .unwrap_or(defaults.enable_safe_overflow_for_responses),
            enable_fire_and_forget_requests: self
                .demands
                .fire_and_forget_requests
                .unwrap_or(defaults.enable_fire_and_forget_requests),
            max_active_requests_per_client: limit(Limit::ActiveRequestsPerClient)?,
            max_loaned_requests: limit(Limit::LoanedRequests)?,
            max_response_buffer_size: limit(Limit::ResponseBufferSize)?,
            max_borrowed_responses_per_pending_response: limit(
                Limit::BorrowedResponsesPerPendingResponse,
            )?,
            max_servers: limit(Limit::Servers)?,
            max_clients: limit(Limit::Clients)?,
            max_nodes: limit(Limit::Nodes)?,
            request: self.request.fulfilled()?,
            response: self.response.fulfilled()?,
        })
    }

    /// Whether `contract` is what was asked for. The first thing it is not is named, with both sides.
    pub(super) fn agree(
        &self,
        contract: &Contract,
        refusals: Refusals<'_>,
    ) -> Result<(), RequestResponseOpenError> {
        let existing = contract.request_response();
        let (request, response) = (&self.request, &self.response);
        request.agree(existing.request_message_type_details(), refusals)?;
        response.agree(existing.response_message_type_details(), refusals)?;
        let required = &self.attributes.required;
        required
            .verify_requirements(contract.attributes())
            .map_err(|error| refusals.other_attributes(&error))?;
        self.agree_on_switches(existing, refusals)?;
        for limit in Limit::ALL {
            let there = limit.value_of(existing);
            match self.demands.limits.get(limit) {
                Some(asked) if asked > there => return Err(refusals.too_low(limit, asked, there)),
                _ => {}
            }
        }
        Ok(())
    }

    fn agree_on_switches(
        &self,
        existing: &StaticConfig,
        refusals: Refusals<'_>,
    ) -> Result<(), RequestResponseOpenError> {
        use RequestResponseOpenError as Error;
        let same = |error, option, asked: Option<bool>, there| match asked {
            Some(asked) if asked != there => {
                Err(refusals.other_switch(error, option, asked, there))
            }
            _ => Ok(()),
        };
        same(
            Error::IncompatibleOverflowBehaviorForRequests,
            "enable_safe_overflow_for_requests",
            self.demands.safe_overflow_for_requests,
            existing.has_safe_overflow_for_requests(),
        )?;
        same(
            Error::IncompatibleOverflowBehaviorForResponses,
            "enable_safe_overflow_for_responses",
            self.demands.safe_overflow_for_responses,
            existing.has_safe_overflow_for_responses(),
        )?;
        same(
            Error::IncompatibleBehaviorForFireAndForgetRequests,
            "enable_fire_and_forget_requests",
            self.demands.fire_and_forget_requests,
            existing.does_support_fire_and_forget_requests(),
        )
    }
}
