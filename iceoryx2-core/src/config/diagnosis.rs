// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Says what is wrong with a configuration file: file, line, key, what was expected, and the nearest key there is.

use core::fmt;
use std::path::{Path, PathBuf};

/// One mistake in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The file.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The key with its table, such as `defaults.request-response.max-clients`; empty where the text is no TOML.
    pub key: String,
    /// What is wrong and what was expected.
    pub message: String,
    /// The known key that looks most like an unknown one.
    pub nearest: Option<String>,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.path.display(), self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.nearest {
            Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
            None => Ok(()),
        }
    }
}

pub(super) fn diagnose(path: &Path, text: &str, error: &toml::de::Error) -> Diagnosis {
    let position = error.span().map_or(0, |span| span.start);
    let before = text.get(..position).unwrap_or(text);
    let message = error.message().replace('\n', " ");
    Diagnosis {
        path: path.to_path_buf(),
        line: before.matches('\n').count().saturating_add(1),
        key: key_at(text, before),
        nearest: nearest_key(&message),
        message,
    }
}

/// The key of the line that `before` ends in, with the table it stands in.
fn key_at(text: &str, before: &str) -> String {
    let line_begins = before
        .rfind('\n')
        .map_or(0, |newline| newline.saturating_add(1));
    let line = text
        .get(line_begins..)
        .and_then(|rest| rest.lines().next())
        .unwrap_or_default();
    if let Some(table) = table_of(line) {
        return table.to_owned();
    }
    let Some((key, _)) = line.split_once('=') else {
        return String::new();
    };
    let above = text.get(..line_begins).unwrap_or_default();
    match above.lines().rev().find_map(table_of) {
        Some(table) => format!("{table}.{}", key.trim()),
        None => key.trim().to_owned(),
    }
}

/// The name in a line such as `[global.node]`.
fn table_of(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    Some(name.trim())
}

/// The expected key that looks most like the unknown one, where `message` is about an unknown key. Both stand in
/// back quotes there, the unknown one first.
fn nearest_key(message: &str) -> Option<String> {
    let (_, quoted) = message.split_once("unknown field `")?;
    let mut names = quoted.split('`').step_by(2);
    let unknown = names.next()?;
    let alike = unknown.chars().count() / 2;
    names
        .filter(|known| !known.is_empty())
        .map(|known| (distance(unknown, known), known))
        .filter(|(distance, _)| *distance <= alike)
        .min()
        .map(|(_, known)| known.to_owned())
}

/// How many characters have to be inserted, removed or replaced to make one text the other.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, l) in left.chars().enumerate() {
        let mut diagonal = i;
        let mut previous = i.saturating_add(1);
        let mut next = vec![previous];
        for (r, above) in right.iter().zip(row.iter().skip(1)) {
            let replaced = diagonal.saturating_add(usize::from(l != *r));
            previous = replaced
                .min(previous.saturating_add(1))
                .min(above.saturating_add(1));
            diagonal = *above;
            next.push(previous);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest_key};

    #[test]
    fn distance_counts_edits() {
        for (left, right, edits) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("max-client", "max-clients", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(left, right), edits, "{left} {right}");
        }
    }

    #[test]
    fn only_a_key_that_looks_alike_is_proposed() {
        let message = |unknown| {
            format!("unknown field `{unknown}`, expected one of `max-clients`, `max-nodes`")
        };
        assert_eq!(
            nearest_key(&message("max-client")).as_deref(),
            Some("max-clients")
        );
        assert_eq!(nearest_key(&message("colour")), None);
        assert_eq!(nearest_key("invalid type: string"), None);
    }
}
