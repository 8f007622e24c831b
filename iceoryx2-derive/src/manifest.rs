// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads a Cargo.toml as a flat list of keys and values.
//!
//! ```text
//!   [dependencies]
//!   iox = { package = "iceoryx2-core", features = ["x"] }   ──▶  dependencies.iox.package  = iceoryx2-core
//!   [target.'cfg(unix)'.dependencies.a]                          dependencies.iox.features =
//!   workspace = true                                             target.cfg(unix).dependencies.a.workspace = true
//! ```
//!
//! Cargo has read the file before and refused what is not TOML. So this reader takes what it understands and steps over
//! the rest; arrays are stepped over too, because no dependency is found in one.

/// The values of a manifest, each with the path of its key.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    values: Vec<(Vec<String>, String)>,
}

impl Manifest {
    pub(crate) fn parse(text: &str) -> Self {
        let mut reader = Reader {
            rest: text,
            values: Vec::new(),
        };
        reader.document();
        Self {
            values: reader.values,
        }
    }

    /// The value at exactly this path.
    pub(crate) fn get(&self, path: &[&str]) -> Option<&str> {
        self.values
            .iter()
            .find(|(key, _)| key == path)
            .map(|(_, value)| value.as_str())
    }

    /// Whether anything stands at this path or below it.
    pub(crate) fn contains(&self, path: &[&str]) -> bool {
        self.values
            .iter()
            .any(|(key, _)| key.len() >= path.len() && key.iter().zip(path).all(|(a, b)| a == b))
    }

    /// The path of every value, in the order of the file.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &[String]> {
        self.values.iter().map(|(key, _)| key.as_slice())
    }
}

struct Reader<'a> {
    rest: &'a str,
    values: Vec<(Vec<String>, String)>,
}

impl<'a> Reader<'a> {
    fn document(&mut self) {
        let mut table = Vec::new();
        loop {
            self.skip_space();
            if self.rest.is_empty() {
                return;
            }
            if self.take("[") {
                self.take("[");
                table = self.key();
            } else if !self.pair(&table) {
                self.skip_line();
            }
            while self.take("]") {}
        }
    }

    /// `key = value` below `prefix`. False where there is no such thing.
    fn pair(&mut self, prefix: &[String]) -> bool {
        let key = self.key();
        self.skip_space();
        if key.is_empty() || !self.take("=") {
            return false;
        }
        let path: Vec<String> = prefix.iter().cloned().chain(key).collect();
        self.value(path);
        true
    }

    /// `a.b."c d"`, as its parts.
    fn key(&mut self) -> Vec<String> {
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            let quoted = self.string();
            let part = quoted.unwrap_or_else(|| {
                let is_bare =
                    |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
                self.take_while(is_bare).to_owned()
            });
            if part.is_empty() {
                return parts;
            }
            parts.push(part);
            self.skip_blanks();
            if !self.take(".") {
                return parts;
            }
        }
    }

    fn value(&mut self, path: Vec<String>) {
        self.skip_blanks();
        if self.take("{") {
            self.inline_table(&path);
        } else if self.take("[") {
            self.array();
            self.values.push((path, String::new()));
        } else {
            let scalar = self.scalar();
            self.values.push((path, scalar));
        }
    }

    fn inline_table(&mut self, prefix: &[String]) {
        loop {
            self.skip_space();
            if self.take("}") || !self.pair(prefix) {
                return;
            }
            self.skip_space();
            self.take(",");
        }
    }

    /// Steps over an array. What is inside is read and forgotten.
    fn array(&mut self) {
        let kept = self.values.len();
        loop {
            self.skip_space();
            if self.rest.is_empty() || self.take("]") {
                break;
            }
            let before = self.rest.len();
            self.value(Vec::new());
            self.skip_space();
            self.take(",");
            if self.rest.len() == before {
                break;
            }
        }
        self.values.truncate(kept);
    }

    fn scalar(&mut self) -> String {
        if let Some(text) = self.string() {
            return text;
        }
        self.take_while(|letter| !",]}#\n".contains(letter))
            .trim()
            .to_owned()
    }

    /// A string in any of the four kinds of quotes.
    fn string(&mut self) -> Option<String> {
        for (quote, escapes) in [("\"\"\"", true), ("'''", false), ("\"", true), ("'", false)] {
            if self.take(quote) {
                return Some(self.until(quote, escapes));
            }
        }
        None
    }

    /// The text up to `quote`. Of an escape the letter stays: no crate name needs one.
    fn until(&mut self, quote: &str, escapes: bool) -> String {
        let mut text = String::new();
        while !self.rest.is_empty() && !self.take(quote) {
            if escapes {
                self.take("\\");
            }
            let mut letters = self.rest.chars();
            text.extend(letters.next());
            self.rest = letters.as_str();
        }
        text
    }

    fn take(&mut self, start: &str) -> bool {
        let rest = self.rest.strip_prefix(start);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest.trim_start_matches(wanted);
        let taken = self.rest.strip_suffix(rest).unwrap_or_default();
        self.rest = rest;
        taken
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
    }

    /// Blanks, line ends and comments.
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
        while self.rest.starts_with('#') {
            self.skip_line();
            self.rest = self.rest.trim_start();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    fn flat(text: &str) -> Vec<String> {
        let manifest = Manifest::parse(text);
        manifest
            .values
            .iter()
            .map(|(key, value)| format!("{} = {value}", key.join("/")))
            .collect()
    }

    #[test]
    fn tables_dotted_keys_and_inline_tables_come_to_the_same() {
        let expected = ["dependencies/iox/package = iceoryx2-core"];
        assert_eq!(
            flat("[dependencies]\niox = { package = \"iceoryx2-core\" }"),
            expected
        );
        assert_eq!(
            flat("[dependencies]\niox.package = 'iceoryx2-core' # core"),
            expected
        );
        assert_eq!(
            flat("[dependencies.iox]\npackage=\"iceoryx2-core\"\n"),
            expected
        );
        assert_eq!(
            flat("dependencies.iox = {package = \"\"\"iceoryx2-core\"\"\"}"),
            expected
        );
        assert_eq!(
            flat("[ dependencies . 'iox' ]\r\npackage = '''iceoryx2-core'''\r\n"),
            expected
        );
    }

    #[test]
    fn what_stands_around_a_value_does_not_hide_it() {
        assert_eq!(
            flat(
                "# a comment with [brackets]\n\
                 a = { features = [ \"x]\", # why\n 'y', {z = 1},\n], optional = true }\n\
                 [target.'cfg(unix)'.dependencies]\nb.workspace = true\n\
                 [[bin]]\nname = \"say \\\"hi\\\"\"\n"
            ),
            [
                "a/features = ",
                "a/optional = true",
                "target/cfg(unix)/dependencies/b/workspace = true",
                "bin/name = say \"hi\"",
            ]
        );
    }

    #[test]
    fn values_are_found_by_path() {
        let manifest = Manifest::parse("[a.b]\nc = 1\n");
        assert_eq!(manifest.get(&["a", "b", "c"]), Some("1"));
        assert_eq!(manifest.get(&["a", "b"]), None);
        assert!(manifest.contains(&["a", "b"]));
        assert!(!manifest.contains(&["a", "b", "c", "d"]));
        assert!(!manifest.contains(&["a", "d"]));
    }

    #[test]
    fn any_text_comes_to_an_end() {
        let pieces = [
            "", "[", "]", "{", "}", "=", "\"", "'", "'''", "#", "\n", ".", "a", ",", "é", "\\",
        ];
        for a in pieces {
            for b in pieces {
                for c in pieces {
                    for d in pieces {
                        Manifest::parse(&format!("{a}{b}{c}{d}"));
                    }
                }
            }
        }
    }
}
