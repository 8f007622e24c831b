// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the programs of this package can be told on their command line.

use crate::{
    actor::role,
    churn, idle,
    load::{Large, Small},
    puppet, reconnect,
    soak::{self, Variant},
    stage::Stage,
    swarm, syscalls, torture,
};
use iceoryx2_bb_elementary::hooks;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

type Verdict = Result<(), String>;

/// What the program `iceoryx2-tests` does: a role, or a command.
pub fn main() -> ExitCode {
    run(|arguments| match arguments.split_first() {
        Some((word, rest)) if word == "swarm" => command_swarm(rest),
        Some((word, rest)) if word == "churn" => command_churn(rest),
        Some((word, rest)) if word == "idle" => command_idle(rest),
        Some((word, rest)) if word == "reconnect" => command_reconnect(rest),
        Some((word, rest)) if word == "soak" => command_soak(rest),
        Some((word, rest)) if word == "syscalls" => command_syscalls(rest),
        _ => Err("say what to do: swarm, churn, reconnect, idle, soak or syscalls".to_owned()),
    })
}

/// What the program `torture` does: a role, or the torture.
pub fn torture() -> ExitCode {
    run(command_torture)
}

fn run(command: impl FnOnce(&[String]) -> Verdict) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some((role, root, rest)) = role(&arguments) {
        play(role, &root, rest);
        return ExitCode::SUCCESS;
    }
    match command(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}

fn play(role: &str, root: &Path, rest: &[String]) {
    match role {
        "puppet-small" => puppet::play::<Small>(root),
        "puppet-large" => puppet::play::<Large>(root),
        "swarm-server" => swarm::serve(root),
        "swarm-client" => swarm::ask(root, rest),
        "churn-server" => churn::serve(root, rest),
        "churn-host" => churn::host(root, rest),
        "churn-visitor" => churn::visit(root, rest),
        "reconnect-server" => reconnect::serve(root),
        "reconnect-client" => reconnect::ask(root, rest),
        "spinning-server" => syscalls::serve(root, rest),
        "spinning-client" => syscalls::ask(root, rest),
        role => torture::play(role, root, rest),
    }
}

/// The options `--NAME NUMBER` of a command.
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
            let known = known.join(", ");
            return Err(format!("\"{word}\" is not understood: say any of {known}"));
        };
        found.insert(name, value);
    }
    Ok(found)
}

fn this_program() -> Result<PathBuf, String> {
    std::env::current_exe().map_err(|error| format!("this program does not find itself: {error}"))
}

fn command_torture(arguments: &[String]) -> Verdict {
    if !hooks::PRESENT {
        return Err(NO_HOOKS.to_owned());
    }
    let options = options(arguments, &["kills", "seed"])?;
    let kills = options.get("kills").copied().unwrap_or(1_000);
    let seed = options.get("seed").copied().unwrap_or_else(a_seed);
    println!("torture --kills {kills} --seed {seed}");
    let kills = usize::try_from(kills).map_err(|error| error.to_string())?;
    let report = torture::torture(&this_program()?, kills, seed);
    print!("{report}");
    verdict(&report.shortcomings())
}

/// Another one each time.
fn a_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    RandomState::new().build_hasher().finish() >> 32
}

fn command_swarm(arguments: &[String]) -> Verdict {
    let options = options(arguments, &["requests"])?;
    let requests = options.get("requests").copied().unwrap_or(100_000);
    let stage = Stage::new(this_program()?);
    let figures = swarm::swarm(&stage, requests);
    println!("{figures}");
    stage.assert_nothing_left();
    Ok(())
}

fn command_churn(arguments: &[String]) -> Verdict {
    let options = options(
        arguments,
        &["ports", "processes", "client-processes", "seed"],
    )?;
    let of = |name, default| options.get(name).copied().unwrap_or(default);
    let plan = churn::Plan {
        ports: of("ports", 1_000_000),
        processes: of("processes", 8).max(1),
        client_processes: of("client-processes", 20_000),
        seed: options.get("seed").copied().unwrap_or_else(a_seed),
    };
    println!("churn: {plan:?}");
    let stage = Stage::new(this_program()?);
    let report = churn::churn(&stage, plan);
    print!("{report}");
    stage.assert_cleared_after(0);
    verdict(&report.complaints())
}

fn verdict(complaints: &[String]) -> Verdict {
    if complaints.is_empty() {
        Ok(())
    } else {
        Err(complaints.join("\n"))
    }
}

fn command_reconnect(arguments: &[String]) -> Verdict {
    let options = options(arguments, &["kills", "seed"])?;
    let kills = options.get("kills").copied().unwrap_or(1_000);
    let seed = options.get("seed").copied().unwrap_or_else(a_seed);
    println!("reconnect --kills {kills} --seed {seed}");
    let stage = Stage::new(this_program()?);
    let report = reconnect::reconnect(&stage, kills, seed);
    print!("{report}");
    stage.assert_cleared_after(usize::try_from(kills).map_err(|error| error.to_string())?);
    verdict(&report.complaints())
}

fn command_idle(arguments: &[String]) -> Verdict {
    let options = options(arguments, &["seconds"])?;
    let seconds = options.get("seconds").copied().unwrap_or(60);
    let stage = Stage::new(this_program()?);
    let costs = idle::costs(&stage, Duration::from_secs(seconds));
    for (who, cost) in &costs {
        let (ticks, sleeps) = (cost.ticks, cost.sleeps);
        println!("{who:<26} {ticks} ticks, {sleeps} voluntary context switches in {seconds} s");
    }
    stage.assert_nothing_left();
    match costs.iter().find(|(_, cost)| !idle::is_idle(*cost)) {
        None => Ok(()),
        Some((who, _)) => Err(format!("{who} is not idle")),
    }
}

fn command_syscalls(arguments: &[String]) -> Verdict {
    if !hooks::PRESENT {
        return Err(NO_HOOKS.to_owned());
    }
    let options = options(arguments, &["messages", "traced"])?;
    let of = |name, default| options.get(name).copied().unwrap_or(default);
    let stage = Stage::new(this_program()?);
    let counted = syscalls::count(&stage, of("messages", 1_000_000), false);
    println!("{counted}");
    let traced = syscalls::count(&stage, of("traced", 100_000), true);
    println!("{traced}");
    stage.assert_nothing_left();
    if counted.is_few() && traced.is_few() && traced.agrees() {
        Ok(())
    } else {
        Err("that is one call or more in 1,000 messages, or the counts differ".to_owned())
    }
}

fn command_soak(arguments: &[String]) -> Verdict {
    let (variants, rest) = variants(arguments)?;
    let options = options(&rest, &["operations", "seed", "episode"])?;
    let seed = options.get("seed").copied().unwrap_or_else(a_seed);
    let plan = soak::Plan {
        operations: options.get("operations").copied().unwrap_or(1_000_000),
        seed,
        episode: options.get("episode").copied(),
        variants,
    };
    println!("soak --operations {} --seed {seed}", plan.operations);
    let stage = Stage::new(this_program()?);
    println!("{}", soak::soak(&stage, &plan)?);
    stage.assert_nothing_left();
    Ok(())
}

/// The variants of services that `--variant NAME` says, by default all, and the other arguments.
fn variants(arguments: &[String]) -> Result<(Vec<Variant>, Vec<String>), String> {
    let mut rest = arguments.to_vec();
    let Some(place) = rest.iter().position(|word| word == "--variant") else {
        return Ok((Variant::ALL.to_vec(), rest));
    };
    let mut said = rest.drain(place..rest.len().min(place + 2)).skip(1);
    let name = said.next().unwrap_or_default();
    drop(said);
    match Variant::named(&name) {
        _ if name == "all" => Ok((Variant::ALL.to_vec(), rest)),
        Some(variant) => Ok((vec![variant], rest)),
        None => {
            let known = Variant::ALL.map(|variant| variant.to_string()).join(", ");
            Err(format!(
                "\"{name}\" is no variant: say all, or any of {known}"
            ))
        }
    }
}

const NO_HOOKS: &str = "this build has no hooks: build it without --release, or with \
                        RUSTFLAGS=\"--cfg iceoryx2_hooks\"";
