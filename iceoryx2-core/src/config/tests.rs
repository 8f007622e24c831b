// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a file may say, and what is said about it.

use super::{Config, ConfigCreationError};
use crate::testing::Directory;
use core::time::Duration;
use std::collections::BTreeSet;

const SHIPPED: &str = include_str!("../../../config/iceoryx2.toml");

fn read(text: &str) -> Result<Config, ConfigCreationError> {
    let directory = Directory::new();
    let path = directory.path().join("iceoryx2.toml");
    std::fs::write(&path, text).unwrap();
    Config::from_file(&path)
}

/// What is said about `text`, from the line on.
fn complaint(text: &str) -> String {
    let sentence = read(text).unwrap_err().to_string();
    sentence.split_once("iceoryx2.toml:").unwrap().1.to_owned()
}

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(read("").unwrap(), Config::default());
}

#[test]
fn a_file_changes_what_it_names_and_nothing_else() {
    let config = read(
        "[global]\nroot-path = \"/tmp/rooms\"\nprefix = \"a\"\ncreation-timeout = \"3 s\"\n\
         [defaults.request-response]\nmax-servers = 65535\nenable-safe-overflow-for-requests = false\n",
    )
    .unwrap();

    let mut expected = Config::default();
    expected.global.set_root_path("/tmp/rooms".as_ref());
    expected.global.prefix = "a".try_into().unwrap();
    expected.global.creation_timeout = Duration::from_secs(3);
    expected.defaults.request_response.max_servers = 65_535;
    expected
        .defaults
        .request_response
        .enable_safe_overflow_for_requests = false;
    assert_eq!(config, expected);
}

#[test]
fn a_mistake_is_named_with_line_key_expectation_and_nearest_key() {
    let table = [
        (
            "[defaults.request-response]\n\nmax-client = 3",
            "3: defaults.request-response.max-client: unknown field `max-client`",
            "did you mean `max-clients`?",
        ),
        (
            "[globl]",
            "1: globl: unknown field `globl`",
            "did you mean `global`?",
        ),
        (
            "colour = 1",
            "1: colour: unknown field `colour`",
            "`defaults`",
        ),
        (
            "[defaults.request-response]\nmax-servers = 0",
            "2: defaults.request-response.max-servers: 0 is out of range",
            "expected a whole number from 1 to 65535",
        ),
        (
            "[defaults.request-response]\nmax-nodes = 65536",
            "2: defaults.request-response.max-nodes: 65536 is out of range",
            "from 1 to 65535",
        ),
        (
            "[defaults.request-response]\nmax-nodes = \"many\"",
            "2: defaults.request-response.max-nodes: invalid type: string \"many\"",
            "expected a whole number from 1 to 65535",
        ),
        (
            "[global]\ncreation-timeout = \"soon\"",
            "2: global.creation-timeout: \"soon\" is no duration",
            "such as \"10 s\"",
        ),
        (
            "[global]\nprefix = \"../up\"",
            "2: global.prefix: \"../up\" is no prefix",
            "expected 1 to 64 of",
        ),
        (
            "[global]\nroot-path = \"here\"",
            "2: global.root-path: \"here\" is not absolute",
            "expected the absolute path of a directory",
        ),
        (
            "[global.node]\ncleanup-dead-nodes-on-creation = 1",
            "2: global.node.cleanup-dead-nodes-on-creation: invalid type",
            "expected a boolean",
        ),
        ("[global\n", "1: ", ""),
    ];
    for (text, begins, contains) in table {
        let complaint = complaint(text);
        assert!(complaint.starts_with(begins), "{text}\n{complaint}");
        assert!(complaint.contains(contains), "{text}\n{complaint}");
        assert!(!complaint.contains('\n'), "one line: {complaint}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let directory = Directory::new();
    let path = directory.path().join("nowhere.toml");
    let sentence = Config::from_file(&path).unwrap_err().to_string();
    assert!(sentence.contains(path.to_str().unwrap()), "{sentence}");
}

/// The shipped file with the keys in effect that it only mentions, because their default differs by user.
fn shipped_in_full() -> String {
    SHIPPED
        .lines()
        .map(|line| line.strip_prefix("#= ").unwrap_or(line))
        .fold(String::new(), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        })
}

fn keys(prefix: &str, table: &toml::Table, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        match value {
            toml::Value::Table(inner) => keys(&format!("{path}."), inner, found),
            _ => {
                found.insert(path);
            }
        }
    }
}

#[test]
fn the_shipped_file_says_what_the_code_does() {
    assert_eq!(read(SHIPPED).unwrap(), Config::default());
}

#[test]
fn the_shipped_file_lists_every_key() {
    let (mut in_code, mut in_file) = (BTreeSet::new(), BTreeSet::new());
    keys(
        "",
        &toml::Table::try_from(Config::default()).unwrap(),
        &mut in_code,
    );
    keys("", &shipped_in_full().parse().unwrap(), &mut in_file);
    assert_eq!(in_code, in_file);
}
