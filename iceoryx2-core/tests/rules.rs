// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `docs/rules.md` says which test shows which rule. It names only tests that exist and that were seen to fail, and
//! leaves out none that is about services or ports.
//!
//! ```text
//!     | `rule.id` | what holds | `file.rs::test` `file.rs::test` |
//! ```
//!
//! Files are looked for below `iceoryx2-core/tests`, then below the repository. A file without a test's name is one in
//! which the compiler judges.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// What a comment begins with that says which change of the code makes a test fail.
const SEEN_TO_FAIL: &str = "Fails if:";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn own_tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// One row of a table of rules.
#[derive(Debug)]
struct Rule {
    id: String,
    sentence: String,
    tests: Vec<Reference>,
}

/// Where a rule is shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Reference {
    file: PathBuf,
    /// `None`: the compiler judges the file.
    test: Option<String>,
}

impl Reference {
    fn parse(text: &str) -> Self {
        let (file, test) = match text.split_once("::") {
            Some((file, test)) => (file, Some(test.to_owned())),
            None => (text, None),
        };
        let own = own_tests().join(file);
        let file = if own.exists() {
            own
        } else {
            repository().join(file)
        };
        Self { file, test }
    }
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn rules() -> Vec<Rule> {
    let page = fs::read_to_string(repository().join("docs/rules.md")).unwrap();
    page.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").collect();
            let [id, sentence, tests] = cells[..] else {
                panic!("a rule has three columns: {line}")
            };
            Rule {
                id: quoted(id).next().unwrap().to_owned(),
                sentence: sentence.trim().to_owned(),
                tests: quoted(tests).map(Reference::parse).collect(),
            }
        })
        .collect()
}

/// The tests of one file, each with whether it is said what makes it fail.
fn tests_of(file: &Path) -> BTreeMap<String, bool> {
    let source = fs::read_to_string(file).unwrap();
    let lines: Vec<_> = source.lines().collect();
    let listed = listed_in_macros(&lines);
    let mut tests = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        let head = head_above(&lines[..index]);
        let is_explained = head.iter().any(|line| line.contains(SEEN_TO_FAIL));
        if let Some(name) = function_of(line).filter(|name| is_name(name)) {
            if head.contains(&"#[test]") || listed.contains(name) {
                tests.insert(name.to_owned(), is_explained);
            }
        } else if line.ends_with("! {") {
            // A macro that makes a test of each line `name: …;`.
            let made = lines[index + 1..].iter().take_while(|line| **line != "}");
            let names = made.filter_map(|line| line.strip_suffix(';')?.trim().split_once(": "));
            let names = names.map(|(name, _)| name).filter(|name| is_name(name));
            tests.extend(names.map(|name| (name.to_owned(), is_explained)));
        }
    }
    tests
}

/// The comments and attributes directly above a line.
fn head_above<'a>(above: &[&'a str]) -> Vec<&'a str> {
    let belongs = |line: &&&str| {
        let line = line.trim();
        line.starts_with("//") || line.starts_with("#[")
    };
    let head = above.iter().rev().take_while(belongs);
    head.map(|line| line.trim()).collect()
}

fn function_of(line: &str) -> Option<&str> {
    let (_, rest) = line.trim_start().split_once("fn ")?;
    if !line.trim_start().starts_with("fn ") {
        return None;
    }
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    rest.get(..end)
}

fn is_name(text: &str) -> bool {
    let belongs = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    !text.is_empty() && text.chars().all(belongs)
}

/// The functions that a macro makes a test of for each variant: nothing but names stands on their lines.
fn listed_in_macros<'a>(lines: &[&'a str]) -> BTreeSet<&'a str> {
    lines
        .iter()
        .map(|line| line.trim().trim_end_matches(','))
        .filter(|line| is_name(line))
        .collect()
}

/// The files whose every test shows a rule.
fn files_about_services_and_ports() -> Vec<PathBuf> {
    let in_directory = |directory: PathBuf| {
        let entries = fs::read_dir(directory).unwrap();
        entries.map(|entry| entry.unwrap().path())
    };
    let is_about_services = |path: &PathBuf| {
        path.file_name()
            .is_some_and(|name| name.to_str().unwrap().starts_with("service_"))
    };
    in_directory(own_tests())
        .filter(is_about_services)
        .chain(in_directory(own_tests().join("ports")))
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

// Fails if: a line of docs/rules.md is written twice.
#[test]
fn every_rule_is_there_once_and_says_something() {
    let rules = rules();
    assert!(rules.len() > 200, "{} rules", rules.len());
    let mut seen = BTreeSet::new();
    for rule in &rules {
        assert!(seen.insert(&rule.id), "{} is there twice", rule.id);
        assert!(rule.sentence.len() > 10, "{} says nothing", rule.id);
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        assert!(rule.id.chars().all(is_plain), "{}", rule.id);
    }
}

// Fails if: a test that is named in docs/rules.md gets another name, or loses its `Fails if:`.
#[test]
fn every_rule_is_shown_by_tests_that_were_seen_to_fail() {
    let mut mistakes = Vec::new();
    let mut files = BTreeMap::new();
    for Rule { id, tests, .. } in rules() {
        if tests.is_empty() {
            mistakes.push(format!("{id} is shown by nothing"));
        }
        for Reference { file, test } in tests {
            let shown = file.display();
            if !file.is_file() {
                mistakes.push(format!("{id}: {shown} is no file"));
                continue;
            }
            let Some(test) = test else {
                if !fs::read_to_string(&file).unwrap().contains(SEEN_TO_FAIL) {
                    mistakes.push(format!("{id}: {shown} does not say when it fails"));
                }
                continue;
            };
            let known = files.entry(file.clone()).or_insert_with(|| tests_of(&file));
            match known.get(&test) {
                None => mistakes.push(format!("{id}: {shown} has no test {test}")),
                Some(false) => {
                    mistakes.push(format!("{id}: {shown}: {test} does not say when it fails"));
                }
                Some(true) => {}
            }
        }
    }
    assert!(
        mistakes.is_empty(),
        "correct docs/rules.md, or say above the test which change of the code makes it fail:\n{}",
        mistakes.join("\n")
    );
}

// Fails if: a test of services or ports is taken out of docs/rules.md.
#[test]
fn every_test_of_services_and_ports_shows_a_rule() {
    let named: BTreeSet<_> = rules().into_iter().flat_map(|rule| rule.tests).collect();
    let mut left_out = Vec::new();
    for file in files_about_services_and_ports() {
        for (test, _) in tests_of(&file) {
            let reference = Reference {
                file: file.clone(),
                test: Some(test.clone()),
            };
            if test != "child" && !named.contains(&reference) {
                left_out.push(format!("{}::{test}", file.display()));
            }
        }
    }
    assert!(
        left_out.is_empty(),
        "name these tests beside the rule they show in docs/rules.md:\n{}",
        left_out.join("\n")
    );
}
