// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a type to a text, line by line.

use core::fmt::{self, Write};

/// A document that grows at its end.
#[derive(Debug, Default)]
pub(crate) struct Writer(String);

impl Writer {
    /// From here on in `[name]`.
    pub(crate) fn table(&mut self, name: &str) {
        self.line(format_args!("\n[{name}]"));
    }

    /// From here on in the next `[[name]]`.
    pub(crate) fn element(&mut self, name: &str) {
        self.line(format_args!("\n[[{name}]]"));
    }

    /// A number or a truth value.
    pub(crate) fn plain(&mut self, key: &str, value: impl fmt::Display) {
        self.line(format_args!("{key} = {value}"));
    }

    /// Any text.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.line(format_args!("{key} = {}", Quoted(value)));
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        // WHY: a `String` takes everything.
        let _ = writeln!(self.0, "{line}");
    }
}

/// A text as TOML has it between quotes.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                c if c.is_ascii_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::Writer;

    // Fails if: `Quoted` passes on what is special.
    #[test]
    fn every_text_reads_as_it_was_written() {
        let ascii: String = (0..=0x7fu8).map(char::from).collect();
        for text in ["", &ascii, "ä\u{85}\u{2028}\u{feff}🧊", "'''\"\"\"\\u0041"] {
            let mut writer = Writer::default();
            writer.text("text", text);
            writer.plain("number", -7);
            writer.table("table");
            writer.plain("so", true);
            let document = writer.finish();
            let read: toml::Table = document.parse().unwrap();
            assert_eq!(read["text"].as_str(), Some(text), "{document}");
            assert_eq!(read["number"].as_integer(), Some(-7));
            assert_eq!(read["table"]["so"].as_bool(), Some(true));
        }
    }
}
