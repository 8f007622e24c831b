// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Says what is wrong with a configuration file: file, line, key, what was expected, and the nearest key there is.

use super::{foreign_keys, known_keys};
use crate::document::ReadError;
use core::{fmt, ops::Range, str::Utf8Error};
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// The longest key and the longest message that are shown in full, in characters.
const KEY_LEN_MAX: usize = 128;
const MESSAGE_LEN_MAX: usize = 2_000;

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
    /// The known key or word that looks most like an unknown one.
    pub nearest: Option<String>,
    /// What to do about a key that is known, but not here.
    pub hint: Option<String>,
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.path.display(), self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match (&self.hint, &self.nearest) {
            (Some(hint), _) => write!(f, "; {hint}"),
            (None, Some(nearest)) => write!(f, "; did you mean `{nearest}`?"),
            (None, None) => Ok(()),
        }
    }
}

impl Diagnosis {
    /// Of a text that is no TOML, or not one of ours.
    pub(super) fn of(path: &Path, text: &str, error: &ReadError) -> Self {
        let position = error.span().map_or(0, |span| span.start);
        let before = text.get(..position).unwrap_or(text);
        let keys = keys_at(text, position).unwrap_or_else(|| keys_of_line(text, before));
        let message = on_one_line(error.message(), MESSAGE_LEN_MAX);
        let unknown_key = keys.last().filter(|_| message.starts_with("unknown key"));
        Self {
            path: path.to_path_buf(),
            line: line_after(before),
            hint: unknown_key.and_then(|key| hint(key)),
            key: on_one_line(&keys.join("."), KEY_LEN_MAX),
            nearest: nearest_word(&message),
            message,
        }
    }

    /// Of bytes that are no text.
    pub(super) fn of_encoding(path: &Path, bytes: &[u8], error: Utf8Error) -> Self {
        let text = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let before = core::str::from_utf8(text).unwrap_or_default();
        Self {
            path: path.to_path_buf(),
            line: line_after(before),
            key: on_one_line(&keys_of_line(before, before).join("."), KEY_LEN_MAX),
            message: "there is a byte that is not UTF-8; save the file as UTF-8".to_owned(),
            nearest: None,
            hint: None,
        }
    }
}

fn line_after(before: &str) -> usize {
    before.matches('\n').count().saturating_add(1)
}

/// The text without what would move a terminal's cursor, and not too long.
fn on_one_line(text: &str, len_max: usize) -> String {
    let mut line = String::new();
    for (count, c) in text.chars().enumerate() {
        match c {
            _ if count == len_max => {
                line.push('…');
                break;
            }
            '\n' => line.push(' '),
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}

/// The key with its tables that stands at `position`, or whose value does; `None` where the text is no TOML.
fn keys_at(text: &str, position: usize) -> Option<Vec<String>> {
    let document = DeTable::parse(text).ok()?;
    let narrowest = narrowest_at(document.get_ref(), position);
    Some(narrowest.map(|(_, keys)| keys).unwrap_or_default())
}

/// The narrowest span in `table` with `position` in it, as its length and the keys that lead there.
fn narrowest_at(table: &DeTable<'_>, position: usize) -> Option<(usize, Vec<String>)> {
    let spans = table.iter().filter_map(|(key, value)| {
        let len_around = |span: Range<usize>| span.contains(&position).then_some(span.len());
        let inner = match value.get_ref() {
            DeValue::Table(inner) => narrowest_at(inner, position),
            _ => None,
        };
        let own = [key.span(), value.span()]
            .into_iter()
            .filter_map(len_around);
        own.map(|len| (len, Vec::new()))
            .chain(inner)
            .min()
            .map(|(len, mut keys)| {
                keys.insert(0, key.get_ref().to_string());
                (len, keys)
            })
    });
    spans.min()
}

/// The key of the line that `before` ends in, with the table it stands in, as far as it can be told from broken text.
fn keys_of_line(text: &str, before: &str) -> Vec<String> {
    let line_begins = before
        .rfind('\n')
        .map_or(0, |newline| newline.saturating_add(1));
    let (above, below) = text.split_at_checked(line_begins).unwrap_or_default();
    let line = below.lines().next().unwrap_or_default();
    let key = line
        .split_once('=')
        .map(|(key, _)| key.trim())
        .filter(|key| !key.starts_with('#'));
    let table = match key {
        Some(_) => above.lines().rev().find_map(table_of),
        None => table_of(line),
    };
    table.into_iter().chain(key).map(str::to_owned).collect()
}

/// The name in a line such as `[global.node]`.
fn table_of(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().strip_prefix('[')?.split_once(']')?;
    Some(name.trim())
}

/// What to do about a key that does not belong where it stands, if it is known from elsewhere.
fn hint(key: &str) -> Option<String> {
    if let Some(advice) = foreign_keys::advice(key) {
        return Some(advice.to_owned());
    }
    let tables = known_keys::tables_with(key);
    (!tables.is_empty()).then(|| format!("it belongs to {}", tables.join(" or ")))
}

/// The expected word that looks most like the unknown one, where `message` is about an unknown key or word. All stand
/// in back quotes there, the unknown one first.
fn nearest_word(message: &str) -> Option<String> {
    let quoted = ["unknown key `", "unknown word `"]
        .into_iter()
        .find_map(|begins| message.strip_prefix(begins))?;
    let mut words = quoted.split('`').step_by(2);
    let unknown = words.next()?;
    let alike = unknown.chars().count() / 2;
    words
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
    use super::{distance, nearest_word};

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
            format!("unknown key `{unknown}`, expected one of `max-clients`, `max-nodes`")
        };
        assert_eq!(
            nearest_word(&message("max-client")).as_deref(),
            Some("max-clients")
        );
        assert_eq!(nearest_word(&message("colour")), None);
        assert_eq!(nearest_word("invalid type: string"), None);
    }
}
