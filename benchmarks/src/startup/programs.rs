// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The programs whose whole processes are measured: small ones, for what a program is beside its call costs every process of it,
//! and installed, that is copied: what a linker has just written lies in the page cache in single pages, which take longer
//! to be mapped than what lies there together.

use crate::{Result, peer::Place};
use iceoryx2_bb_posix::process::this_executable;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The one that does nothing, which is what the other is compared with.
pub const NOTHING: &str = "startup-nothing";
/// The client.
pub const CLIENT: &str = "startup-client";

/// Where a program lies once it is [installed](install).
pub fn program(name: &str, place: &Path) -> PathBuf {
    place.join(name)
}

/// Builds both, as this program was built, and copies them to `place`.
pub fn install(place: &Place) -> Result<()> {
    let this = this_executable()?;
    build(&this)?;
    for name in [NOTHING, CLIENT] {
        let built = this.with_file_name(name);
        fs::copy(&built, program(name, place.path()))
            .map_err(|error| format!("{} cannot be copied: {error}", built.display()))?;
    }
    Ok(())
}

/// Where this program does not lie in a folder of cargo's, they have to lie beside it.
fn build(this: &Path) -> Result<()> {
    let profile = this.parent().and_then(Path::file_name);
    let target = this.ancestors().nth(2);
    let (Some(profile), Some(target)) = (profile, target) else {
        return Ok(());
    };
    if !target.join("CACHEDIR.TAG").exists() {
        return Ok(());
    }
    let profile = if profile == "debug" {
        OsStr::new("dev")
    } else {
        profile
    };
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--package"])
        .args([env!("CARGO_PKG_NAME"), "--bin", NOTHING, "--bin", CLIENT])
        .args([OsStr::new("--profile"), profile])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the programs could not be built: {status}").into())
    }
}
