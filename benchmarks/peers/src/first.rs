// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The programs below `first/`: of each peer a client that asks once.

use crate::{
    Result, machine,
    peers::Peer,
    place::Place,
    report::{self, remark},
    results::Extra,
    row::Row,
};
use iceoryx2_bb_posix::process;
use std::{collections::BTreeSet, path::PathBuf, process::Command, time::Instant};

/// Builds those of these peers, beside this program.
pub fn build(peers: &[Peer]) -> Result<()> {
    let mut cargo = cargo("build");
    // WHY: with this package, so that cargo builds nothing again that this program is made of.
    cargo.args(["--quiet", "-p", "iceoryx2-peers", "-p", "first-nothing"]);
    for peer in with_client(peers) {
        cargo.args(["-p", &format!("first-{}", peer.name())]);
    }
    cargo
        .arg("--release")
        .arg("--target-dir")
        .arg(target_folder()?);
    let status = cargo.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the first clients could not be built: {status}").into())
    }
}

/// Where one lies once it is built.
pub fn program(name: &str) -> Result<PathBuf> {
    Ok(process::this_executable()?.with_file_name(format!("first-{name}")))
}

/// How long a first client of each takes to build from nothing, and of how many crates it is.
pub fn measure(peers: &[Peer]) -> Result<[Extra; 3]> {
    let mut times = Vec::new();
    let mut efforts = Vec::new();
    let mut crates = Vec::new();
    for peer in with_client(peers) {
        let package = format!("first-{}", peer.name());
        crates.push((peer, count(&package)?));
        let place = Place::new()?;
        let (begin, spent_before) = (Instant::now(), machine::spent_by_children());
        let mut cargo = cargo("build");
        cargo
            .args(["--quiet", "--release", "-p", &package, "--target-dir"])
            .arg(place.path());
        if cargo.status()?.success() {
            times.push((peer, begin.elapsed().as_secs_f64() * 1e9));
            let spent = machine::spent_by_children().saturating_sub(spent_before);
            efforts.push((peer, spent.as_secs_f64() * 1e9));
        } else {
            remark(&format!("{package} could not be built"));
        }
    }
    Ok([
        Extra {
            title: "clean release build of a first client",
            floor: None,
            of: times,
            show: report::duration,
        },
        Extra {
            title: "processor time of that build",
            floor: None,
            of: efforts,
            show: report::duration,
        },
        Extra {
            title: "crates in its tree",
            floor: None,
            of: crates,
            show: |crates| format!("{crates:.0}"),
        },
    ])
}

fn with_client(peers: &[Peer]) -> impl Iterator<Item = Peer> {
    peers
        .iter()
        .copied()
        .filter(|peer| peer.lacks(Row::Process).is_none())
}

/// Itself and everything it is built of and with.
fn count(package: &str) -> Result<f64> {
    let tree = cargo("tree")
        .args(["-p", package, "--prefix", "none", "-e", "normal,build"])
        .output()?;
    let tree = String::from_utf8(tree.stdout)?;
    let lines = tree.lines().map(|line| line.trim_end_matches(" (*)"));
    Ok(lines
        .filter(|line| !line.is_empty())
        .collect::<BTreeSet<_>>()
        .len() as f64)
}

fn cargo(command: &str) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([command, "--locked"]);
    cargo
}

/// The folder that `release/` with this program is in.
fn target_folder() -> Result<PathBuf> {
    let program = process::this_executable()?;
    let folder = program
        .ancestors()
        .nth(2)
        .ok_or("this program is in no target folder")?;
    Ok(folder.to_owned())
}
