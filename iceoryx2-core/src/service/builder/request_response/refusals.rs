// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The refusals of one service, each with a sentence that names it, both sides, and what helps.

use super::{
    RequestResponseCreateError as CreateError, RequestResponseOpenError as OpenError,
    explanation::{Variant, explain},
    limits::{Limit, key_of},
};
use crate::{
    config::Config,
    service::{
        Service,
        access::{AccessDenied, WithCure},
        alignment::Alignment,
        attribute::AttributeVerificationError,
        messaging_pattern::MessagingPattern,
        place::PlaceError,
        service_name::ServiceName,
        service_state::JoinError,
        static_config::ContractError,
    },
};
use core::fmt::Write;
use iceoryx2_cal::static_storage::StorageError;
use std::path::{Path, PathBuf};

/// The service somebody wants, as its refusals name it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusals<'a> {
    pub(super) name: &'a ServiceName,
    pub(super) path: &'a Path,
}

impl Refusals<'_> {
    pub(super) fn does_not_exist<S: Service>(&self, config: &Config) -> OpenError {
        let mut sentence = format!(
            "the service {:?} does not exist in {}; start the process that creates it first, or make all processes \
             agree on the configuration keys global.root-path and global.prefix",
            self.name.as_str(),
            self.path.display()
        );
        for root in other_roots_of::<S>(self.name, config) {
            let _ = write!(
                sentence,
                "; below {} a service of this name does exist",
                root.display()
            );
        }
        explain(OpenError::DoesNotExist, &sentence)
    }

    pub(super) fn already_exists(&self) -> CreateError {
        let sentence = format!(
            "the service {:?} exists already in {}; open it, or end all its participants before creating it anew",
            self.name.as_str(),
            self.path.display()
        );
        explain(CreateError::AlreadyExists, &sentence)
    }

    /// `message` is what the types are of.
    pub(super) fn other_types(&self, message: &str, difference: &str) -> OpenError {
        let sentence = format!(
            "the service {:?} exists with another {message} type: {difference}; build all its participants with the \
             same types",
            self.name.as_str()
        );
        explain(OpenError::IncompatibleRequestOrResponseType, &sentence)
    }

    pub(super) fn senseless_types(&self, message: &str, fault: &str) -> OpenError {
        let sentence = format!(
            "the service {:?} cannot have the requested {message} type: {fault}; request the type it exists with",
            self.name.as_str()
        );
        explain(OpenError::IncompatibleRequestOrResponseType, &sentence)
    }

    pub(super) fn aligned_less(&self, message: &str, asked: Alignment, there: usize) -> OpenError {
        let sentence = format!(
            "the service {:?} exists with {message} payloads aligned to {there} bytes, and at least {asked} is \
             requested; request less, or end all its participants and create it with more \
             ({message}_payload_alignment)",
            self.name.as_str()
        );
        explain(OpenError::IncompatibleRequestOrResponseType, &sentence)
    }

    pub(super) fn other_attributes(&self, error: &AttributeVerificationError) -> OpenError {
        let sentence = format!(
            "the service {:?} exists with other attributes: {error}; require what there is, or end all its \
             participants and create it with that attribute",
            self.name.as_str()
        );
        explain(OpenError::IncompatibleAttributes, &sentence)
    }

    /// `error` is about the switch `option`.
    pub(super) fn other_switch(
        &self,
        error: OpenError,
        option: &str,
        asked: bool,
        there: bool,
    ) -> OpenError {
        let sentence = format!(
            "the service {:?} exists with {option} = {there}, and {asked} is requested; request the same or nothing, \
             or end all its participants and create it that way ({option}, configuration key \
             {})",
            self.name.as_str(),
            key_of(option)
        );
        explain(error, &sentence)
    }

    pub(super) fn too_low(&self, limit: Limit, asked: usize, there: usize) -> OpenError {
        let option = limit.option();
        let sentence = format!(
            "the service {:?} exists with {option} = {there}, and at least {asked} is requested; request less, or \
             end all its participants and create it with more ({option}, configuration key {})",
            self.name.as_str(),
            limit.key()
        );
        explain(limit.refusal(), &sentence)
    }

    /// The service is for `nodes` nodes.
    pub(super) fn not_joined(&self, error: JoinError, nodes: usize) -> OpenError {
        match error {
            JoinError::Full => self.too_many_nodes(nodes),
            JoinError::Storage { operation, error } => self.open_refused(operation, error),
        }
    }

    fn too_many_nodes(&self, nodes: usize) -> OpenError {
        let limit = Limit::Nodes;
        let sentence = format!(
            "the service {:?} is open in as many nodes as it may, {} = {nodes}; end one, or end all its participants \
             and create it for more ({}, configuration key {})",
            self.name.as_str(),
            limit.option(),
            limit.option(),
            limit.key()
        );
        explain(OpenError::ExceedsMaxNumberOfNodes, &sentence)
    }

    pub(super) fn not_understood(&self, error: PlaceError) -> OpenError {
        match error {
            PlaceError::Storage { operation, error } => self.open_refused(operation, error),
            PlaceError::Contract(error @ ContractError::Version { .. }) => {
                let sentence = format!(
                    "the service {:?} in {} was made by another version: {error}; build all its participants alike",
                    self.name.as_str(),
                    self.path.display()
                );
                explain(OpenError::VersionMismatch, &sentence)
            }
            PlaceError::Contract(error @ ContractError::Damaged { .. }) => {
                OpenError::ServiceInCorruptedState {
                    reason: self.in_place(&error),
                }
            }
        }
    }

    /// Somebody else's service lies where this one would.
    pub(super) fn place_taken_by(&self, other: &ServiceName) -> OpenError {
        OpenError::ServiceInCorruptedState {
            reason: format!(
                "the directory {} belongs to the service {:?}, not to {:?}",
                self.path.display(),
                other.as_str(),
                self.name.as_str()
            ),
        }
    }

    fn open_refused(&self, operation: &'static str, error: StorageError) -> OpenError {
        self.denied(error, OpenError::InsufficientPermissions)
            .unwrap_or_else(|error| OpenError::System { operation, error })
    }

    pub(super) fn not_created(&self, error: PlaceError) -> CreateError {
        match error {
            PlaceError::Storage { operation, error } => self.create_refused(operation, error),
            PlaceError::Contract(error) => CreateError::ServiceInCorruptedState {
                reason: self.in_place(&error),
            },
        }
    }

    pub(super) fn not_founded(&self, error: JoinError) -> CreateError {
        match error {
            JoinError::Full => self.already_exists(),
            JoinError::Storage { operation, error } => self.create_refused(operation, error),
        }
    }

    fn create_refused(&self, operation: &'static str, error: StorageError) -> CreateError {
        self.denied(error, CreateError::InsufficientPermissions)
            .unwrap_or_else(|error| CreateError::System { operation, error })
    }

    /// `denied` with the rule, if that is what `error` means.
    fn denied<E>(&self, error: StorageError, denied: E) -> Result<E, StorageError>
    where
        for<'a> Variant: From<&'a E>,
    {
        let rule = AccessDenied::of(error)?;
        let sentence = format!(
            "this user may not use the service {:?}: {rule}",
            self.name.as_str()
        );
        Ok(explain(denied, &sentence))
    }

    fn in_place(&self, error: &ContractError) -> String {
        format!("{error} ({})", self.path.display())
    }
}

/// What the system refused while something was to be done, and what helps.
pub(super) fn system(
    f: &mut core::fmt::Formatter<'_>,
    operation: &str,
    error: &StorageError,
) -> core::fmt::Result {
    write!(f, "could not {operation}: {}", WithCure(error))
}

/// The default root paths, other than the configured one, below which a service of this name exists.
fn other_roots_of<S: Service>(name: &ServiceName, config: &Config) -> Vec<PathBuf> {
    let pattern = MessagingPattern::RequestResponse;
    let exists_below = |root: &PathBuf| {
        let mut elsewhere = config.clone();
        elsewhere.global.set_root_path(root);
        S::does_exist(name, &elsewhere, pattern) == Ok(true)
    };
    let mut roots = Config::default_root_paths();
    roots.retain(|root| root != config.global.root_path() && exists_below(root));
    roots
}
