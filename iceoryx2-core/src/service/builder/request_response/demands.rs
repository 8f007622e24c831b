// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a builder was told, and whether an existing service satisfies it.

use super::{
    RequestResponseCreateError, RequestResponseOpenError,
    limits::{Limit, Limits},
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

    /// Whether `existing` is what was asked for. The first thing it is not is named, with both sides in the log.
    pub(super) fn agree(&self, existing: &StaticConfig) -> Result<(), RequestResponseOpenError> {
        self.agree_on_types(existing)?;
        self.agree_on_overflow(existing)?;
        for limit in Limit::ALL {
            let there = limit.value_of(existing);
            if let Some(asked) = self
                .demands
                .limits
                .get(limit)
                .filter(|asked| *asked > there)
            {
                let error = limit.refusal();
                tracing::error!(asked, there, "{}: {error}", limit.option());
                return Err(error);
            }
        }
        Ok(())
    }

    fn agree_on_types(&self, existing: &StaticConfig) -> Result<(), RequestResponseOpenError> {
        let request = self
            .request
            .compare(existing.request_message_type_details());
        let response = || {
            self.response
                .compare(existing.response_message_type_details())
        };
        let difference = request
            .map(|difference| ("request", difference))
            .or_else(|| response().map(|difference| ("response", difference)));
        match difference {
            None => Ok(()),
            Some((message, difference)) => {
                let error = RequestResponseOpenError::IncompatibleRequestOrResponseType;
                tracing::error!("{error}; in the {message}, {difference}");
                Err(error)
            }
        }
    }

    fn agree_on_overflow(&self, existing: &StaticConfig) -> Result<(), RequestResponseOpenError> {
        use RequestResponseOpenError as Error;
        let same = |asked: Option<bool>, there: bool, error: RequestResponseOpenError| {
            if asked.is_none_or(|asked| asked == there) {
                Ok(())
            } else {
                tracing::error!(?asked, there, "{error}");
                Err(error)
            }
        };
        same(
            self.demands.safe_overflow_for_requests,
            existing.has_safe_overflow_for_requests(),
            Error::IncompatibleOverflowBehaviorForRequests,
        )?;
        same(
            self.demands.safe_overflow_for_responses,
            existing.has_safe_overflow_for_responses(),
            Error::IncompatibleOverflowBehaviorForResponses,
        )
    }
}
