// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a builder was told, and whether an existing service satisfies it.

use super::{
    RequestResponseCreateError, RequestResponseOpenError,
    limits::{Limit, Limits},
    refusals::Refusals,
};
use crate::{
    config::{LIMIT_MAX, RequestResponse},
    service::static_config::{
        message_type_details::MessageTypeDetails, request_response::StaticConfig,
    },
};

/// What a builder was told. `None` stands for: whatever there is.
#[derive(Debug, Clone, Default)]
pub(super) struct Demands {
    pub(super) safe_overflow_for_requests: Option<bool>,
    pub(super) safe_overflow_for_responses: Option<bool>,
    pub(super) limits: Limits,
}

/// The same with the types of the messages, which are always demanded.
#[derive(Debug)]
pub(super) struct TypedDemands {
    demands: Demands,
    request: MessageTypeDetails,
    response: MessageTypeDetails,
}

impl Demands {
    pub(super) fn typed(
        self,
        request: MessageTypeDetails,
        response: MessageTypeDetails,
    ) -> TypedDemands {
        TypedDemands {
            demands: self,
            request,
            response,
        }
    }
}

impl TypedDemands {
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
            max_active_requests_per_client: limit(Limit::ActiveRequestsPerClient)?,
            max_loaned_requests: limit(Limit::LoanedRequests)?,
            max_response_buffer_size: limit(Limit::ResponseBufferSize)?,
            max_borrowed_responses_per_pending_response: limit(
                Limit::BorrowedResponsesPerPendingResponse,
            )?,
            max_servers: limit(Limit::Servers)?,
            max_clients: limit(Limit::Clients)?,
            max_nodes: limit(Limit::Nodes)?,
            request: self.request.clone(),
            response: self.response.clone(),
        })
    }

    /// Whether `existing` is what was asked for. The first thing it is not is named, with both sides.
    pub(super) fn agree(
        &self,
        existing: &StaticConfig,
        refusals: Refusals<'_>,
    ) -> Result<(), RequestResponseOpenError> {
        self.agree_on_types(existing, refusals)?;
        self.agree_on_overflow(existing, refusals)?;
        for limit in Limit::ALL {
            let there = limit.value_of(existing);
            match self.demands.limits.get(limit) {
                Some(asked) if asked > there => return Err(refusals.too_low(limit, asked, there)),
                _ => {}
            }
        }
        Ok(())
    }

    fn agree_on_types(
        &self,
        existing: &StaticConfig,
        refusals: Refusals<'_>,
    ) -> Result<(), RequestResponseOpenError> {
        let request = existing.request_message_type_details();
        let response = existing.response_message_type_details();
        [
            ("request", &self.request, request),
            ("response", &self.response, response),
        ]
        .into_iter()
        .find_map(|(message, ours, theirs)| refusals.other_types(message, ours, theirs))
        .map_or(Ok(()), Err)
    }

    fn agree_on_overflow(
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
        )
    }
}
