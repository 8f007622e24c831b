// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the programs of this package can be told on their command line.

use crate::{
    actor::role,
    load::{Large, Small},
    puppet, torture,
};
use iceoryx2_bb_elementary::hooks;
use std::{collections::BTreeMap, path::Path, process::ExitCode};

/// Plays a role, or does what a command says.
pub fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((role, root, rest)) = role(&arguments) {
        play(role, &root, rest);
        return ExitCode::SUCCESS;
    }
    ExitCode::FAILURE
}

fn play(role: &str, root: &Path, rest: &[String]) {
    match role {
        "puppet-small" => puppet::play::<Small>(root),
        "puppet-large" => puppet::play::<Large>(root),
        role => torture::play(role, root, rest),
    }
}

/// The options `--NAME NUMBER` of a command.
///
/// # Errors
/// A sentence about what was not understood.
fn options<'a>(arguments: &'a [String], known: &[&str]) -> Result<BTreeMap<&'a str, u64>, String> {
    let mut found = BTreeMap::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let name = word.strip_prefix("--").filter(|name| known.contains(name));
        let value = rest.next().and_then(|value| value.parse().ok());
        let (Some(name), Some(value)) = (name, value) else {
            let known: Vec<String> = known
                .iter()
                .map(|name| format!("--{name} NUMBER"))
                .collect();
            return Err(format!(
                "\"{word}\" is not understood: say any of {}",
                known.join(", ")
            ));
        };
        found.insert(name, value);
    }
    Ok(found)
}

fn refuse(reason: &str) -> ExitCode {
    eprintln!("{reason}");
    ExitCode::FAILURE
}

/// The torture command.
pub fn torture() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((role, root, rest)) = role(&arguments) {
        play(role, &root, rest);
        return ExitCode::SUCCESS;
    }
    if !hooks::PRESENT {
        return refuse(
            "this build has no hooks to kill by: build it without --release, or with \
             RUSTFLAGS=\"--cfg iceoryx2_hooks\"",
        );
    }
    let options = match options(&arguments, &["kills", "seed"]) {
        Ok(options) => options,
        Err(reason) => return refuse(&reason),
    };
    let kills = options.get("kills").copied().unwrap_or(1_000);
    let seed = options.get("seed").copied().unwrap_or_else(a_seed);
    let Ok(program) = std::env::current_exe() else {
        return refuse("this program does not find itself");
    };
    println!("torture with --kills {kills} --seed {seed}");
    let report = torture::torture(&program, usize::try_from(kills).unwrap(), seed);
    print!("{report}");
    let shortcomings = report.shortcomings();
    for shortcoming in &shortcomings {
        println!("{shortcoming}");
    }
    if shortcomings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Another one each time.
fn a_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish() >> 32
}
