// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A line for measurements whose figures are not a floor, ours and their ratio.

use crate::report;
use std::fmt::Write;

/// One case of a measurement and its figures, in order.
#[derive(Debug)]
pub struct Record {
    what: &'static str,
    case: String,
    figures: Vec<(&'static str, Figure)>,
}

#[derive(Debug, Clone, Copy)]
enum Figure {
    Count(u64),
    Measure(f64),
}

impl Record {
    pub fn new(what: &'static str, case: impl Into<String>) -> Self {
        Self {
            what,
            case: case.into(),
            figures: Vec::new(),
        }
    }

    pub fn count(mut self, name: &'static str, value: u64) -> Self {
        self.figures.push((name, Figure::Count(value)));
        self
    }

    pub fn measure(mut self, name: &'static str, value: f64) -> Self {
        self.figures.push((name, Figure::Measure(value)));
        self
    }

    pub fn print(&self, json: bool) {
        report::say(&if json { self.json() } else { self.text() });
    }

    // Writing to a string cannot fail.
    fn json(&self) -> String {
        let mut text = format!("{{\"what\":\"{}\",\"case\":\"{}\"", self.what, self.case);
        for (name, figure) in &self.figures {
            let _ = match figure {
                Figure::Count(value) => write!(text, ",\"{name}\":{value}"),
                Figure::Measure(value) => write!(text, ",\"{name}\":{value:.2}"),
            };
        }
        text + "}"
    }

    fn text(&self) -> String {
        let mut text = format!("{:<13} {:<22}", self.what, self.case);
        for (name, figure) in &self.figures {
            let _ = match figure {
                Figure::Count(value) => write!(text, "   {name} {value:>5}"),
                Figure::Measure(value) => write!(text, "   {name} {value:>7.2}"),
            };
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Record;

    #[test]
    fn a_line_is_what_scripts_expect() {
        let record = Record::new("startup", "node")
            .count("calls", 12)
            .measure("us", 1.0 / 3.0);
        assert_eq!(
            record.json(),
            r#"{"what":"startup","case":"node","calls":12,"us":0.33}"#
        );
        assert!(record.text().ends_with("calls    12   us    0.33"));
    }
}
