// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the programs of this package can be told on their command line.

use crate::{
    actor::role,
    load::{Large, Small},
    puppet,
};
use std::process::ExitCode;

/// Plays a role, or does what a command says.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((role, root, _rest)) = role(&arguments) {
        match role {
            "puppet-small" => puppet::play::<Small>(&root),
            "puppet-large" => puppet::play::<Large>(&root),
            other => panic!("there is no role {other}"),
        }
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}
