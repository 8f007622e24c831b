// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What files say, and the one that lists every key.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{Root, assert_says};
use core::{ops::RangeInclusive, time::Duration};
use iceoryx2::{
    config::{Config, ConfigCreationError, RequestResponse},
    port::{allocation_strategy::AllocationStrategy, backpressure_strategy::BackpressureStrategy},
};
use std::{collections::BTreeSet, path::PathBuf, process::Command};

const SHIPPED: &str = include_str!("../../config/iceoryx2.toml");

fn read(text: &str) -> Result<Config, ConfigCreationError> {
    let root = Root::new();
    Config::from_file(&file_in(&root, text))
}

fn file_in(root: &Root, text: impl AsRef<[u8]>) -> PathBuf {
    let path = root.path().join("iceoryx2.toml");
    std::fs::write(&path, text).unwrap();
    path
}

// Fails if: `fill` in field.rs asks for keys that are not there.
#[test]
fn an_empty_file_is_the_default() {
    for text in [
        "",
        "\n",
        "# nothing\n",
        "[global]\n[defaults.event]\n",
        "\u{feff}",
    ] {
        assert_eq!(read(text).unwrap(), Config::default(), "{text}");
    }
}

// Fails if: `fill` in field.rs begins with another configuration than the default one.
#[test]
fn a_file_changes_what_it_names_and_nothing_else() {
    let config = read(
        r#"
        [global]
        root-path = "/tmp/rooms"
        prefix = "a"
        creation-timeout = "3 s"
        [defaults.request-response]
        enable-safe-overflow-for-requests = false
        enable-fire-and-forget-requests = false
        max-servers = 65535
        max-loaned-responses-per-request = 7
        initial-max-slice-len = 4294967295
        allocation-strategy = "best-fit"
        server-backpressure-strategy = "discard-data"
        delivery-timeout = "250 ms"
        commit-at-creation = true
        [defaults.publish-subscribe]
        publisher-history-size = 5
        [defaults.event]
        deadline = "2 s"
        notifier-dead-event = 0
        [defaults.blackboard]
        max-readers = 1
        "#,
    )
    .unwrap();

    let mut expected = Config::default();
    expected.global.set_root_path("/tmp/rooms");
    expected.global.prefix = "a".try_into().unwrap();
    expected.global.creation_timeout = Duration::from_secs(3);
    let services = &mut expected.defaults.request_response;
    services.enable_safe_overflow_for_requests = false;
    services.enable_fire_and_forget_requests = false;
    services.max_servers = 65_535;
    services.max_loaned_responses_per_request = 7;
    services.initial_max_slice_len = 4_294_967_295;
    services.allocation_strategy = AllocationStrategy::BestFit;
    services.server_backpressure_strategy = BackpressureStrategy::DiscardData;
    services.delivery_timeout = Some(Duration::from_millis(250));
    services.commit_at_creation = true;
    expected.defaults.publish_subscribe.publisher_history_size = 5;
    expected.defaults.event.deadline = Some(Duration::from_secs(2));
    expected.defaults.event.notifier_dead_event = Some(0);
    expected.defaults.blackboard.max_readers = 1;
    assert_eq!(config, expected);
}

// Fails if: `print` in duration.rs writes milliseconds only.
#[test]
fn a_configuration_that_is_written_is_read_again() {
    let mut config = read(SHIPPED).unwrap();
    config.defaults.request_response.delivery_timeout = Some(Duration::from_micros(1_500));
    config.defaults.event.notifier_created_event = Some(3);
    config.defaults.request_response.allocation_strategy = AllocationStrategy::Static;
    assert_eq!(read(&toml::to_string(&config).unwrap()).unwrap(), config);
}

// Fails if: `Tree::of_field` in serde_tables.rs and `Field::set` disagree about a field, or `fill` in serde_tables.rs takes what `fill` in field.rs
// refuses.
#[test]
fn users_of_serde_read_and_write_what_files_say() {
    let mut config = Config::default();
    config.global.creation_timeout = Duration::from_millis(7);
    config.defaults.request_response.delivery_timeout = Some(Duration::from_secs(1));
    config.defaults.request_response.allocation_strategy = AllocationStrategy::BestFit;
    config
        .defaults
        .request_response
        .server_backpressure_strategy = BackpressureStrategy::DiscardData;
    config.defaults.event.notifier_dead_event = Some(3);
    let text = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<Config>(&text).unwrap(), config);
    let limits = toml::from_str::<RequestResponse>("max-clients = 3").unwrap();
    assert_eq!((limits.max_clients, limits.max_servers), (3, 2));
    for (text, complaint) in [
        ("[global]\nprefixes = \"a\"", "unknown key `prefixes`"),
        ("global = []", "invalid type: array, expected a table"),
        (
            "[defaults.event]\nmax-nodes = 0",
            "max-nodes: 0 is out of range",
        ),
        (
            "[global]\nprefix = 1.5",
            "floating point `1.5`, expected the name",
        ),
        (
            "[defaults.request-response]\nallocation-strategy = \"none\"",
            "unknown word `none`, expected one of `static`, ",
        ),
    ] {
        let error = toml::from_str::<Config>(text).unwrap_err().to_string();
        assert!(error.contains(complaint), "{error}");
        assert!(read(text).is_err());
    }
}

// Fails if: `WORDS` of a type has another order than its `VALUES`.
#[test]
fn strategies_have_the_same_words_everywhere() {
    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Strategies {
        allocation: AllocationStrategy,
        backpressure: BackpressureStrategy,
    }
    for (allocation, backpressure, text) in [
        (
            AllocationStrategy::Static,
            BackpressureStrategy::DiscardData,
            "allocation = \"static\"\nbackpressure = \"discard-data\"\n",
        ),
        (
            AllocationStrategy::BestFit,
            BackpressureStrategy::RetryUntilDelivered,
            "allocation = \"best-fit\"\nbackpressure = \"retry-until-delivered\"\n",
        ),
        (
            AllocationStrategy::PowerOfTwo,
            BackpressureStrategy::DiscardData,
            "allocation = \"power-of-two\"\nbackpressure = \"discard-data\"\n",
        ),
    ] {
        let strategies = Strategies {
            allocation,
            backpressure,
        };
        assert_eq!(toml::to_string(&strategies).unwrap(), text);
        assert_eq!(toml::from_str(text), Ok(strategies));
    }
    let unknown = "allocation = \"none\"\nbackpressure = \"discard-data\"\n";
    assert!(toml::from_str::<Strategies>(unknown).is_err());
}

// Fails if: the sentence of `Unreadable` leaves out the path.
#[test]
fn a_file_that_is_not_there_is_named() {
    let root = Root::new();
    let path = root.path().join("nowhere.toml");
    let error = Config::from_file(&path).unwrap_err();
    assert!(
        matches!(error, ConfigCreationError::Unreadable { .. }),
        "{error:?}"
    );
    assert_says(
        &error.to_string(),
        &[path.to_str().unwrap(), "check that it exists"],
    );
}

// Fails if: `content` in file.rs opens before it looks (the pipe then waits for ever), or does not look.
#[test]
fn what_is_no_file_is_refused() {
    let root = Root::new();
    let pipe = root.path().join("pipe");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    for (path, reason) in [
        (root.path().to_path_buf(), "it is a directory"),
        (pipe, "it is no regular file"),
        (PathBuf::from("/dev/zero"), "it is no regular file"),
    ] {
        let error = Config::from_file(&path).unwrap_err();
        assert!(
            matches!(error, ConfigCreationError::Unsuitable { .. }),
            "{error:?}"
        );
        assert_says(&error.to_string(), &[path.to_str().unwrap(), reason]);
    }
}

// Fails if: `take(..)` in file.rs stops at LEN_MAX, not one beyond.
#[test]
fn a_file_of_64_kib_is_read_and_a_longer_one_is_not() {
    let root = Root::new();
    let comment = |len: usize| format!("#{}", " ".repeat(len - 1));
    assert!(Config::from_file(&file_in(&root, comment(65_536))).is_ok());
    for len in [65_537, 10 << 20] {
        let error = Config::from_file(&file_in(&root, comment(len))).unwrap_err();
        assert_says(
            &error.to_string(),
            &["iceoryx2.toml", "it is longer than 64 KiB"],
        );
    }
}

/// The shipped file with the keys in effect that it only mentions, because their default differs by user.
fn shipped_in_full() -> String {
    let in_effect = |line: &str| line.strip_prefix("#= ").unwrap_or(line).to_owned();
    SHIPPED
        .lines()
        .map(in_effect)
        .collect::<Vec<_>>()
        .join("\n")
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

// Fails if: any default in config/*.rs changes.
#[test]
fn the_shipped_file_says_what_the_code_does() {
    assert_eq!(read(SHIPPED).unwrap(), Config::default());
}

// Fails if: a key is removed from config/iceoryx2.toml.
#[test]
fn the_shipped_file_lists_every_key() {
    let (mut in_code, mut in_file) = (BTreeSet::new(), BTreeSet::new());
    let code = toml::Table::try_from(Config::default()).unwrap();
    keys("", &code, &mut in_code);
    keys("", &shipped_in_full().parse().unwrap(), &mut in_file);
    assert_eq!(in_code, in_file);
}

/// What the shipped file says about a key.
struct Entry {
    table: String,
    key: String,
    comment: String,
    default: toml::Value,
}

impl Entry {
    fn accepts(&self, value: &str) -> bool {
        read(&format!("[{}]\n{} = {value}\n", self.table, self.key)).is_ok()
    }

    /// The range of its numbers, as the comment has it.
    fn range(&self) -> Option<RangeInclusive<i64>> {
        if self.comment.contains("; a limit") {
            return Some(1..=65_535);
        }
        let (_, range) = self.comment.split_once("; from ")?;
        let (least, most) = range.split_once(" to ")?;
        let digits: String = most.chars().take_while(char::is_ascii_digit).collect();
        Some(least.parse().unwrap()..=digits.parse().unwrap())
    }
}

fn entries() -> Vec<Entry> {
    let (mut entries, mut table, mut comment) = (Vec::new(), String::new(), String::new());
    for line in shipped_in_full().lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push_str(text);
        } else if let Some((key, value)) = line.split_once(" = ") {
            let document: toml::Table = format!("value = {value}").parse().unwrap();
            entries.push(Entry {
                table: table.clone(),
                key: key.to_owned(),
                comment: std::mem::take(&mut comment),
                default: document["value"].clone(),
            });
        } else {
            comment.clear();
            if let Some(header) = line.strip_prefix('[') {
                table = header.trim_end_matches(']').to_owned();
            }
        }
    }
    entries
}

// Fails if: a range in limit.rs or in config/iceoryx2.toml changes.
#[test]
fn the_shipped_file_says_the_range_of_every_number() {
    let ranges = entries().into_iter().filter_map(|entry| {
        let range = entry.range();
        assert_eq!(range.is_some(), is_number(&entry), "{}", entry.key);
        range.map(|range| (entry, range))
    });
    for (entry, range) in ranges {
        let accepted = [
            range.start() - 1,
            *range.start(),
            *range.end(),
            range.end() + 1,
        ]
        .map(|value| entry.accepts(&value.to_string()));
        assert_eq!(accepted, [false, true, true, false], "{}", entry.key);
    }
}

fn is_number(entry: &Entry) -> bool {
    entry.default.is_integer() || entry.key.ends_with("-event")
}

// Fails if: `parse_or_none` in duration.rs takes zero, or a comment of config/iceoryx2.toml loses its last words.
#[test]
fn the_shipped_file_says_what_every_other_key_may_be() {
    for entry in entries() {
        let Entry { comment, key, .. } = &entry;
        let says = |what: &str| comment.contains(what);
        assert_eq!(says("true or"), entry.default.is_bool(), "{key}");
        assert_eq!(says("true or"), entry.accepts("true"), "{key}");
        assert_eq!(
            says("; a duration"),
            entry.accepts("\"1 s\"") && key != "prefix",
            "{key}"
        );
        assert_eq!(
            says("\"none\""),
            entry.accepts("\"none\"") && key != "prefix",
            "{key}"
        );
        if says("; a duration") {
            assert_eq!(says("above zero"), !entry.accepts("\"0 s\""), "{key}");
        }
        if key.ends_with("-strategy") {
            let words: Vec<&str> = comment.split('"').skip(1).step_by(2).collect();
            assert!(words.len() > 1, "{key}");
            assert!(
                words
                    .iter()
                    .all(|word| entry.accepts(&format!("\"{word}\""))),
                "{key}"
            );
        }
    }
}

// Fails if: a key is removed from docs/configuration.md.
#[test]
fn the_documentation_explains_every_key_that_has_an_effect() {
    let page = include_str!("../../docs/configuration.md");
    for Entry { table, key, .. } in entries() {
        let has_an_effect = table.starts_with("global") || table == "defaults.request-response";
        let explained = page.contains(&format!("`{key}`"));
        assert!(explained || !has_an_effect, "{table}.{key}");
        assert!(
            page.contains(&format!("`[{table}]`")) || table == "global",
            "{table}"
        );
    }
}
