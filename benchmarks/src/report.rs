// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the user reads: a line of text or a JSON object for each figure.

use crate::{arguments::ROUNDS_MIN, placement::Figures};
use std::fmt::Write;

/// One figure and what it is of.
#[derive(Debug)]
pub struct Line<'a> {
    pub what: &'a str,
    pub placement: &'a str,
    pub payload_bytes: usize,
    pub figures: Figures,
}

impl Line<'_> {
    pub fn print(&self, json: bool) {
        println!("{}", if json { self.json() } else { self.text() });
        if self.figures.rounds < ROUNDS_MIN {
            remark(&format!(
                "{} {} {} B: only {} rounds, fewer than the {ROUNDS_MIN} a figure needs",
                self.what, self.placement, self.payload_bytes, self.figures.rounds
            ));
        }
    }

    fn json(&self) -> String {
        let Figures {
            floor_ns,
            ours_ns,
            ratio,
            ..
        } = self.figures;
        format!(
            "{{\"what\":\"{}\",\"placement\":\"{}\",\"payload_bytes\":{},\
             \"floor_ns\":{floor_ns:.1},\"ours_ns\":{ours_ns:.1},\"ratio\":{ratio:.3}}}",
            self.what, self.placement, self.payload_bytes
        )
    }

    fn text(&self) -> String {
        let Figures {
            floor_ns,
            ours_ns,
            ratio,
            rounds,
        } = self.figures;
        let mut text = format!(
            "{:<14} {:<9} {:>7} B",
            self.what, self.placement, self.payload_bytes
        );
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "   floor {floor_ns:>7.1} ns   ours {ours_ns:>7.1} ns   ratio {ratio:.2}   {rounds} rounds"
        );
        text
    }
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
        let line = Line {
            what: "round-trip",
            placement: "near",
            payload_bytes: 8,
            figures,
        };
        assert_eq!(
            line.json(),
            r#"{"what":"round-trip","placement":"near","payload_bytes":8,"floor_ns":120.0,"ours_ns":150.0,"ratio":1.250}"#
        );
        assert!(
            line.text().contains("ratio 1.25   21 rounds"),
            "{}",
            line.text()
        );
    }
}
