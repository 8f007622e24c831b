// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where and when, for whoever reads the figures.

use std::{
    fs,
    process::Command,
    time::{Duration, SystemTime},
};

/// The lock file says what was measured.
const LOCK: &str = include_str!("../Cargo.lock");

/// The version of a published package this was built with.
pub fn version_of(package: &str) -> &'static str {
    LOCK.split("[[package]]")
        .filter(|entry| entry.contains("source = "))
        .find(|entry| value(entry, "name") == Some(package))
        .and_then(|entry| value(entry, "version"))
        .unwrap_or("?")
}

fn value<'a>(entry: &'a str, key: &str) -> Option<&'a str> {
    entry.lines().find_map(|line| {
        let (found, value) = line.split_once(" = ")?;
        (found == key).then(|| value.trim_matches('"'))
    })
}

/// Processor, kernel, compiler.
pub fn describe() -> String {
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let models: Vec<_> = cpus
        .lines()
        .filter(|line| line.starts_with("model name"))
        .filter_map(|line| Some(line.split_once(':')?.1.trim()))
        .collect();
    let virtual_machine = if cpus.contains(" hypervisor ") {
        "virtual "
    } else {
        ""
    };
    format!(
        "{} {virtual_machine}cores, {}, Linux {}, {}",
        models.len(),
        models.first().unwrap_or(&"unknown"),
        kernel(),
        compiler()
    )
}

pub fn kernel() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let numbers = release.trim().split('.').take(2);
    numbers.collect::<Vec<_>>().join(".")
}

fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output();
    version
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .and_then(|line| Some(line.split(" (").next()?.to_owned()))
        .unwrap_or_else(|| "unknown compiler".into())
}

/// Whether this process goes before all ordinary ones.
pub fn real_time() -> bool {
    const POLICY: usize = 38;
    !matches!(own_stat(POLICY).as_str(), "" | "0")
}

/// How long processors were busy with processes that this one has started and awaited.
pub fn spent_by_children() -> Duration {
    const FIRST: usize = 13;
    const PER_SECOND: u64 = 100;
    let of_both = [FIRST, FIRST + 1].map(|place| own_stat(place).parse().unwrap_or(0u64));
    let [as_users, as_system] = of_both;
    Duration::from_millis((as_users + as_system) * 1000 / PER_SECOND)
}

/// A field of this process's line in `/proc`, counted from the one after its name.
fn own_stat(place: usize) -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    fields.split(' ').nth(place).unwrap_or_default().to_owned()
}

/// Today in UTC, as `2026-11-21`.
pub fn today() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    date(since.map_or(0, |since| since.as_secs() / 86_400))
}

/// The day so many days after the first of 1970.
fn date(mut days: u64) -> String {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(11_016), "2000-02-29");
        assert_eq!(date(20_778), "2026-11-21");
        assert_eq!(date(20_818), "2026-12-31");
    }

    #[test]
    fn the_lock_file_knows_the_published_one() {
        assert_eq!(version_of("iceoryx2"), "0.10.0");
        assert_eq!(version_of("no-such-package"), "?");
    }
}
