// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading a contract that looks as contracts are written.
//!
//! Every participant reads the contract before anything else, and a reader of all of TOML takes longer for it than the
//! system for everything it is asked when a service is opened. But a contract is written by a program: its lines come in
//! one order and one form. Whatever looks different is left to the reader of TOML, which also knows what is wrong with it.
//!
//! ```text
//!   key = "a string without escapes"
//!   key = 17
//!   key = true
//!                                       before each section one empty line
//!   [section]
//! ```

/// The lines that were not read yet.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    rest: &'a str,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Whether all of it was read.
    pub(super) const fn are_read(&self) -> bool {
        self.rest.is_empty()
    }

    /// What follows the `key` of the next line.
    fn after(&self, key: &str) -> Option<&'a str> {
        self.rest.strip_prefix(key)?.strip_prefix(" = ")
    }

    /// The value of the next line if it is `key`'s.
    fn value(&mut self, key: &str) -> Option<&'a str> {
        let rest = self.after(key)?;
        let end = rest.bytes().position(|byte| byte == b'\n')?;
        self.rest = rest.get(end + 1..)?;
        rest.get(..end)
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.word(key).map(str::to_owned)
    }

    /// A text that need not be kept.
    pub(super) fn word(&mut self, key: &str) -> Option<&'a str> {
        let rest = self.after(key)?.strip_prefix('"')?;
        let is_plain = |byte: u8| byte >= b' ' && !matches!(byte, b'"' | b'\\' | 0x7f);
        let end = rest.bytes().position(|byte| !is_plain(byte))?;
        self.rest = rest.get(end..)?.strip_prefix("\"\n")?;
        rest.get(..end)
    }

    pub(super) fn number(&mut self, key: &str) -> Option<usize> {
        let digits = self.value(key)?;
        // WHY: a longer number may be none to TOML, and neither is one that begins with 0 or with a sign.
        let is_plain = (1..=18).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits == "0" || !digits.starts_with('0'));
        is_plain.then(|| digits.parse().ok()).flatten()
    }

    pub(super) fn flag(&mut self, key: &str) -> Option<bool> {
        match self.value(key)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// Begins the section of that name.
    pub(super) fn section(&mut self, name: &str) -> Option<()> {
        self.subsection(name, "")
    }

    /// Begins the section whose name has these two parts.
    pub(super) fn subsection(&mut self, name: &str, part: &str) -> Option<()> {
        let rest = self.rest.strip_prefix("\n[")?.strip_prefix(name)?;
        let rest = rest.strip_prefix(part)?;
        self.rest = rest.strip_prefix("]\n")?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    fn same(line: &str) {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Texts {
            key: String,
        }
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Numbers {
            key: usize,
        }
        let document = format!("key = {line}\n");
        if let Some(key) = Lines::new(&document).text("key") {
            assert_eq!(toml::from_str(&document), Ok(Texts { key }), "{line:?}");
        }
        if let Some(key) = Lines::new(&document).number("key") {
            assert_eq!(toml::from_str(&document), Ok(Numbers { key }), "{line:?}");
        }
    }

    // Fails if: `text` takes a quote or a backslash, or `number` takes a leading zero or as many digits as come.
    #[test]
    fn what_is_read_means_the_same_to_toml() {
        for character in (0..=u8::MAX).map(char::from).filter(|it| *it != '\n') {
            same(&format!("\"{character}\""));
            same(&format!("\"a{character}b\""));
            same(&format!("{character}"));
            same(&format!("1{character}"));
            same(&format!("0{character}1"));
        }
        for line in [
            "",
            "\"",
            "\"\"",
            "\"\"\"",
            "\"\"\"\"\"\"",
            "\"a\" # b\"",
            "\"\u{2028}\"",
            "999999999999999999",
            "9999999999999999999",
            "18446744073709551616",
            "-0",
            "+1",
            "1_0",
        ] {
            same(line);
        }
    }

    // Fails if: `number` or `text` refuses everything.
    #[test]
    fn what_programs_write_is_read() {
        let mut lines = Lines::new("a = \"ä b\"\nb = 170\nc = false\n\n[d.e]\nf = 0\n");
        assert_eq!(lines.text("a").as_deref(), Some("ä b"));
        assert_eq!(lines.number("b"), Some(170));
        assert_eq!(lines.flag("c"), Some(false));
        assert_eq!(lines.section("d.e"), Some(()));
        assert!(!lines.are_read());
        assert_eq!(lines.number("f"), Some(0));
        assert!(lines.are_read());
    }

    // Fails if: `value` looks for its key in later lines, or for a part of a key.
    #[test]
    fn a_key_in_another_place_is_not_read() {
        for document in [
            "b = 1\na = 2\n",
            "aa = 2\n",
            "a=2\n",
            "a = 2",
            "[a]\na = 2\n",
        ] {
            assert_eq!(Lines::new(document).number("a"), None, "{document:?}");
        }
        for document in ["[a]\n", "\n[ a]\n", "\n[a] \n", "\n[[a]]\n", "\n\n[a]\n"] {
            assert_eq!(Lines::new(document).section("a"), None, "{document:?}");
        }
    }
}
