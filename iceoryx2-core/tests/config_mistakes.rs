// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is said about a file that is not understood: file, line, key, what was expected, and the nearest key.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, assert_says};
use iceoryx2::config::{Config, ConfigCreationError};

fn read(text: impl AsRef<[u8]>) -> Result<Config, ConfigCreationError> {
    let root = Root::new();
    let path = root.path().join("iceoryx2.toml");
    std::fs::write(&path, text).unwrap();
    Config::from_file(&path)
}

/// What is said about `text`, from the line on.
fn complaint(text: impl AsRef<[u8]>) -> String {
    let sentence = read(text).unwrap_err().to_string();
    assert!(!sentence.contains('\n'), "one line: {sentence}");
    let (_, complaint) = sentence.split_once("iceoryx2.toml:").unwrap();
    complaint.to_owned()
}

/// A key with its table and its default.
struct Key {
    table: String,
    name: String,
    default: toml::Value,
}

impl Key {
    /// A file that sets nothing but this key.
    fn set_to(&self, value: &str) -> String {
        format!("[{}]\n{} = {value}\n", self.table, self.name)
    }

    /// Fails unless a file that sets this key to `value` is refused for that.
    fn assert_refuses(&self, value: &str) {
        let complaint = complaint(self.set_to(value));
        let begins = format!("2: {}.{}: ", self.table, self.name);
        assert!(complaint.starts_with(&begins), "{complaint}");
        assert!(complaint.contains("expected "), "{complaint}");
    }
}

fn all_keys() -> Vec<Key> {
    let mut keys = Vec::new();
    collect(
        "",
        &toml::Table::try_from(Config::default()).unwrap(),
        &mut keys,
    );
    keys
}

fn collect(name: &str, table: &toml::Table, keys: &mut Vec<Key>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) if name.is_empty() => collect(key, inner, keys),
            toml::Value::Table(inner) => collect(&format!("{name}.{key}"), inner, keys),
            default => keys.push(Key {
                table: name.to_owned(),
                name: key.clone(),
                default: default.clone(),
            }),
        }
    }
}

// Fails if: `nearest_word` in diagnosis.rs returns `None`.
#[test]
fn every_misspelt_key_is_named_with_the_one_that_was_meant() {
    for Key { table, name, .. } in all_keys() {
        let misspelt = name.get(..name.len() - 1).unwrap();
        let complaint = complaint(format!("[{table}]\n\n{misspelt} = 1"));
        let begins = format!("3: {table}.{misspelt}: unknown key `{misspelt}`, expected ");
        assert!(complaint.starts_with(&begins), "{complaint}");
        let ends = format!("; did you mean `{name}`?");
        assert!(complaint.ends_with(&ends), "{complaint}");
    }
}

// Fails if: `narrowest_at` in diagnosis.rs does not look into tables.
#[test]
fn every_misspelt_table_is_named_with_the_one_that_was_meant() {
    for (table, misspelt, meant) in [
        ("globl", "globl", "global"),
        ("default", "default", "defaults"),
        ("global.nodes", "nodes", "node"),
        ("global.servic", "servic", "service"),
        (
            "defaults.request_response",
            "request_response",
            "request-response",
        ),
        (
            "defaults.publish-subscriber",
            "publish-subscriber",
            "publish-subscribe",
        ),
        ("defaults.events", "events", "event"),
        ("defaults.black-board", "black-board", "blackboard"),
    ] {
        let complaint = complaint(format!("[global]\nprefix = \"a\"\n[{table}]\n"));
        let begins = format!("3: {table}: unknown key `{misspelt}`, expected ");
        assert!(complaint.starts_with(&begins), "{complaint}");
        assert!(
            complaint.ends_with(&format!("; did you mean `{meant}`?")),
            "{complaint}"
        );
    }
}

// Fails if: `Field::set` leaves a field as it is where the value does not suit it.
#[test]
fn every_key_refuses_values_of_another_type() {
    for key in all_keys() {
        for value in ["[]", "[1]", "{}", "{ static = {} }", "1.5", "1979-05-27"] {
            key.assert_refuses(value);
        }
        match &key.default {
            toml::Value::Boolean(_) => ["1", "\"true\""].map(|value| key.assert_refuses(value)),
            toml::Value::Integer(_) => ["true", "\"1\""].map(|value| key.assert_refuses(value)),
            toml::Value::String(_) => ["true", "-1"].map(|value| key.assert_refuses(value)),
            other => panic!("{other} is no default of a key"),
        };
    }
}

// Fails if: `checked` in limit.rs does not ask the range.
#[test]
fn every_number_refuses_what_is_out_of_range() {
    for key in all_keys() {
        if !key.default.is_integer() {
            continue;
        }
        for value in [
            "-1",
            "4294967296",
            "9223372036854775807",
            "9223372036854775808",
        ] {
            key.assert_refuses(value);
        }
        let may_be_zero = ["publisher-history-size", "event-id-max-value"];
        if may_be_zero.contains(&key.name.as_str()) {
            assert!(read(key.set_to("0")).is_ok(), "{}", key.name);
        } else {
            key.assert_refuses("0");
        }
    }
}

// Fails if: `parse` in duration.rs does not compare with LONGEST.
#[test]
fn every_duration_refuses_what_is_none_and_what_is_longer_than_a_day() {
    let durations: Vec<Key> = all_keys()
        .into_iter()
        .filter(|key| {
            ["timeout", "duration", "deadline"]
                .iter()
                .any(|kind| key.name.ends_with(kind))
        })
        .collect();
    assert_eq!(durations.len(), 5);
    for key in durations {
        for value in [
            "\"\"",
            "\"soon\"",
            "\"10\"",
            "\"-1 s\"",
            "\"1.5 s\"",
            "\"1441 min\"",
        ] {
            key.assert_refuses(value);
        }
        let may_be_none = key.default.as_str() == Some("none");
        assert_eq!(
            read(key.set_to("\"none\"")).is_ok(),
            may_be_none,
            "{}",
            key.name
        );
        assert_eq!(
            read(key.set_to("\"0 s\"")).is_ok(),
            !may_be_none,
            "{}",
            key.name
        );
        assert!(read(key.set_to("\"1440 min\"")).is_ok(), "{}", key.name);
    }
}

// Fails if: `Value::table` in read.rs makes an empty table of something else.
#[test]
fn every_table_refuses_to_be_something_else() {
    for (table, begins) in [
        (
            "global = 3",
            "1: global: invalid type: integer `3`, expected a table",
        ),
        (
            "global = [\"/tmp\"]",
            "1: global: invalid type: array, expected a table",
        ),
        (
            "[[global]]",
            "1: global: invalid type: array, expected a table",
        ),
        (
            "[global]\nnode = true",
            "2: global.node: invalid type: boolean `true`, expected a table",
        ),
        (
            "[[global.service]]",
            "1: global.service: invalid type: array, expected a table",
        ),
        (
            "defaults = \"\"",
            "1: defaults: invalid type: string \"\", expected a table",
        ),
        (
            "[defaults]\nevent = []",
            "2: defaults.event: invalid type: array, expected a table",
        ),
        (
            "[defaults]\nblackboard = 1",
            "2: defaults.blackboard: invalid type: ",
        ),
        (
            "[defaults]\npublish-subscribe = 1",
            "2: defaults.publish-subscribe: invalid type: ",
        ),
        (
            "[[defaults.request-response]]",
            "1: defaults.request-response: invalid type: array",
        ),
    ] {
        let complaint = complaint(table);
        assert!(complaint.starts_with(begins), "{complaint}");
    }
}

// Fails if: `hint` in diagnosis.rs returns `None`.
#[test]
fn a_key_that_belongs_elsewhere_is_sent_there() {
    for (text, ends) in [
        ("prefix = \"a\"", "; it belongs to [global]"),
        (
            "[global.service]\ncreation-timeout = \"1 s\"",
            "; it belongs to [global]",
        ),
        ("[request-response]", "; it belongs to [defaults]"),
        ("[global.defaults]", "; it belongs to the top of the file"),
        (
            "[defaults]\nmax-clients = 3",
            "; it belongs to [defaults.request-response]",
        ),
        (
            "max-notifiers = 3",
            "expected `global` or `defaults`; it belongs to [defaults.event]",
        ),
    ] {
        let complaint = complaint(text);
        assert!(complaint.ends_with(ends), "{complaint}");
    }
}

// Fails if: the suffixes are left out of `advice` in foreign_keys.rs.
#[test]
fn a_key_that_is_not_needed_here_is_explained() {
    let defaults = "defaults.request-response";
    for (table, key, explanation) in [
        (
            defaults,
            "client-expired-connection-buffer",
            "stays readable without a buffer",
        ),
        (
            defaults,
            "server-expired-connection-buffer",
            "stays readable without a buffer",
        ),
        (
            defaults,
            "client-unable-to-deliver-strategy",
            "`client-backpressure-strategy`",
        ),
        (
            "global.node",
            "cleanup-dead-nodes-on-destruction",
            "each new node removes the rest",
        ),
        (
            "global.node",
            "monitor-suffix",
            "below root-path and prefix are fixed",
        ),
        (
            "global.service",
            "directory",
            "below root-path and prefix are fixed",
        ),
    ] {
        let complaint = complaint(format!("[{table}]\n{key} = 1"));
        assert_says(&complaint, &[key, explanation]);
        assert!(!complaint.contains("did you mean"), "{complaint}");
    }
}

// Fails if: "unknown word" is left out of `nearest_word` in diagnosis.rs.
#[test]
fn an_unknown_word_is_named_with_the_one_that_was_meant() {
    let defaults = "[defaults.request-response]\n";
    for (key, word, meant) in [
        ("allocation-strategy", "PowerOfTwo", "power-of-two"),
        (
            "client-backpressure-strategy",
            "DiscardData",
            "discard-data",
        ),
        (
            "server-backpressure-strategy",
            "RetryUntilDelivered",
            "retry-until-delivered",
        ),
    ] {
        let complaint = complaint(format!("{defaults}{key} = \"{word}\""));
        let begins =
            format!("2: defaults.request-response.{key}: unknown word `{word}`, expected ");
        assert!(complaint.starts_with(&begins), "{complaint}");
        assert!(
            complaint.ends_with(&format!("; did you mean `{meant}`?")),
            "{complaint}"
        );
    }
}

// Fails if: `keys_at` in diagnosis.rs is replaced by `keys_of_line`.
#[test]
fn a_key_is_named_in_full_however_it_is_written() {
    for text in [
        "[defaults.request-response]\nmax-clients = 0",
        "# [global]\ndefaults.request-response.max-clients = 0",
        "\n defaults = { request-response = { max-clients = 0 } }",
        "[defaults]\n\"request-response\" . 'max-clients' = 0",
        "[ defaults . request-response ]\nmax-clients=0 # [global]",
        "\u{feff}[defaults.request-response]\r\nmax-clients = 0\r\n",
    ] {
        let complaint = complaint(text);
        let begins = "2: defaults.request-response.max-clients: 0 is out of range";
        assert!(complaint.starts_with(begins), "{text}\n{complaint}");
    }
}

// Fails if: `keys_of_line` in diagnosis.rs does not look for the table above.
#[test]
fn what_is_no_toml_is_named_with_its_line() {
    for (text, begins) in [
        ("[global\n", "1: "),
        ("[global]\nprefix = a\n", "2: global.prefix: "),
        (
            "[global]\n\nprefix = \"a\nroot-path = \"/a\"\n",
            "3: global.prefix: ",
        ),
        ("[global]\nprefix \"a\"\n", "2: "),
        (
            "[global]\nprefix = \"a\"\nprefix = \"b\"\n",
            "3: global.prefix: duplicate key",
        ),
        (
            "[global]\n[defaults]\n[global]\n",
            "3: global: duplicate key",
        ),
        (
            "global.prefix = \"a\"\nglobal.prefix = \"b\"",
            "2: global.prefix: duplicate key",
        ),
        ("a = 'b\u{7}'", "1: a: "),
        ("<config/>", "1: "),
        ("{}", "1: "),
        ("\0", "1: "),
    ] {
        let complaint = complaint(text);
        assert!(complaint.starts_with(begins), "{text}\n{complaint}");
    }
}

// Fails if: `of_encoding` in diagnosis.rs takes `before` to be empty.
#[test]
fn what_is_not_utf_8_is_named_with_its_line() {
    for (bytes, begins) in [
        (
            &b"\xff\xfe[\0g\0"[..],
            "1: there is a byte that is not UTF-8",
        ),
        (b"# one\n# caf\xe9 = 1\n", "2: there is a byte"),
        (
            b"[global]\n\nprefix = \"caf\xe9\"\n",
            "3: global.prefix: there is a byte",
        ),
    ] {
        let complaint = complaint(bytes);
        assert!(complaint.starts_with(begins), "{complaint}");
        assert!(complaint.ends_with("save the file as UTF-8"), "{complaint}");
    }
}

// Fails if: `on_one_line` in diagnosis.rs passes control characters on.
#[test]
fn a_key_cannot_play_with_the_readers_terminal() {
    let complaint = complaint("\"\\u001b[31m\\n`max-clients`\" = 1");
    assert!(!complaint.contains('\u{1b}'), "{complaint}");
    assert!(complaint.starts_with("1: \\u{1b}[31m "), "{complaint}");
}

// Fails if: `on_one_line` in diagnosis.rs does not count.
#[test]
fn endless_keys_and_deep_nesting_make_a_short_sentence() {
    for text in [
        format!("{} = 1", "a".repeat(60_000)),
        format!("a{} = 1", ".a".repeat(30_000)),
        format!("global.prefix{} = 1", ".a".repeat(30_000)),
        format!("[a{}]", ".a".repeat(30_000)),
        format!("a = {}{}", "[".repeat(30_000), "]".repeat(30_000)),
        format!("a = {}", "[".repeat(60_000)),
        format!("a = {}1{}", "{a=".repeat(15_000), "}".repeat(15_000)),
    ] {
        let complaint = complaint(text);
        assert!(complaint.starts_with("1: "), "{complaint}");
        assert!(complaint.len() < 3_000, "{}", complaint.len());
    }
}
