// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the user reads: a line of text or a JSON object for each figure.

use crate::{
    arguments::{Arguments, ROUNDS_MIN},
    placement::{Figures, Rounds},
};
use std::io::{self, Write};

/// Figures and what they are of.
#[derive(Debug)]
pub struct Line<'a> {
    pub what: &'a str,
    pub placement: &'a str,
    pub payload_bytes: usize,
    /// What else tells it from other lines.
    pub of: Option<(&'a str, usize)>,
    pub figures: Figures,
    /// What follows from the figures.
    pub beside: Vec<(&'a str, f64)>,
}

impl<'a> Line<'a> {
    pub const fn new(what: &'a str, payload_bytes: usize, figures: Figures) -> Self {
        Self {
            what,
            placement: "",
            payload_bytes,
            of: None,
            figures,
            beside: Vec::new(),
        }
    }

    pub fn print(&self, json: bool) {
        say(&if json { self.json() } else { self.text() });
        if self.figures.rounds < ROUNDS_MIN {
            remark(&format!(
                "{}: only {} rounds, fewer than the {ROUNDS_MIN} a figure needs",
                self.title(),
                self.figures.rounds
            ));
        }
    }

    fn title(&self) -> String {
        let mut title = format!(
            "{:<14} {:<10} {:>8} B",
            self.what, self.placement, self.payload_bytes
        );
        if let Some((name, number)) = self.of {
            title += &format!("   {} {number:>3}", name.replace('_', " "));
        }
        title
    }

    fn json(&self) -> String {
        let Figures {
            floor_ns,
            ours_ns,
            ratio,
            ..
        } = self.figures;
        let mut json = format!(
            "{{\"what\":\"{}\",\"placement\":\"{}\",\"payload_bytes\":{}",
            self.what, self.placement, self.payload_bytes
        );
        if let Some((name, number)) = self.of {
            json += &format!(",\"{name}\":{number}");
        }
        json +=
            &format!(",\"floor_ns\":{floor_ns:.1},\"ours_ns\":{ours_ns:.1},\"ratio\":{ratio:.3}");
        for (name, figure) in &self.beside {
            json += &format!(",\"{name}\":{figure:.3}");
        }
        json + "}"
    }

    fn text(&self) -> String {
        let Figures {
            floor_ns,
            ours_ns,
            ratio,
            rounds,
        } = self.figures;
        let mut text = format!(
            "{}   floor {floor_ns:>7.1} ns   ours {ours_ns:>7.1} ns   ratio {ratio:.2}   {rounds} rounds",
            self.title()
        );
        for (name, figure) in &self.beside {
            text += &format!("   {} {figure:.2}", name.replace('_', " "));
        }
        text
    }
}

/// Prints the figures of each placement.
pub fn print(
    arguments: &Arguments,
    what: &str,
    payload_bytes: usize,
    of: Option<(&str, usize)>,
    rounds: &Rounds,
) {
    for (placement, figures) in rounds.figures() {
        Line {
            placement: placement.name(),
            of,
            ..Line::new(what, payload_bytes, figures)
        }
        .print(arguments.json);
    }
    let of = of.map_or_else(String::new, |(name, number)| format!(" {name} {number}"));
    remark_discarded(&format!("{what} {payload_bytes} B{of}"), rounds);
}

/// Says of which rounds no figure was made.
pub fn remark_discarded(title: &str, rounds: &Rounds) {
    if let Some(discarded) = rounds.discarded() {
        remark(&format!(
            "{title}: {} rounds discarded, whose line moved or lies between the classes \
             (medians: floor {:.1} ns, ours {:.1} ns, ratio {:.2})",
            discarded.rounds, discarded.floor_ns, discarded.ours_ns, discarded.ratio
        ));
    }
}

/// Prints a line of figures. Whoever reads no more of them is not told.
// WHY no println: it panics when `head` has seen enough.
pub fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// What is no figure goes beside them.
pub fn remark(text: &str) {
    eprintln!("{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_scripts_expect() {
        let figures = Figures {
            floor_ns: 120.04,
            ours_ns: 150.0,
            ratio: 1.24999,
            rounds: 21,
        };
        let mut line = Line {
            placement: "near",
            ..Line::new("round-trip", 8, figures)
        };
        assert_eq!(
            line.json(),
            r#"{"what":"round-trip","placement":"near","payload_bytes":8,"floor_ns":120.0,"ours_ns":150.0,"ratio":1.250}"#
        );
        assert!(
            line.text().ends_with("ratio 1.25   21 rounds"),
            "{}",
            line.text()
        );
        line.of = Some(("in_flight", 16));
        line.beside = vec![("ours_gb_s", 0.5)];
        assert_eq!(
            line.json(),
            r#"{"what":"round-trip","placement":"near","payload_bytes":8,"in_flight":16,"floor_ns":120.0,"ours_ns":150.0,"ratio":1.250,"ours_gb_s":0.500}"#
        );
        assert!(
            line.text().contains("in flight  16   floor")
                && line.text().ends_with("21 rounds   ours gb s 0.50"),
            "{}",
            line.text()
        );
    }
}
