// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A request and its response between two processes that spin on two cores.

use crate::{
    Result,
    alternation::{self, Answers, Asks, BURST, Case},
    arguments::{Arguments, PAYLOADS},
    ours::{self, AnsweringAsleep, AskingAsleep, WithAnswering, WithAsking},
    pair,
    peer::Line,
    report,
};
use std::path::Path;

/// The process that asks and reports.
pub fn measure(arguments: &Arguments) -> Result<()> {
    for payload_bytes in arguments.payloads(&PAYLOADS)? {
        let peer = pair::start(arguments, payload_bytes)?;
        let line = peer.line()?;
        let client = Client {
            arguments,
            payload_bytes,
            line,
        };
        ours::ask(arguments.raw, payload_bytes, line, client)?;
    }
    Ok(())
}

/// The process that answers.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let line = pair::join(place)?;
    let payload_bytes = arguments.payload_to_serve()?;
    ours::answer(arguments.raw, payload_bytes, &line, Server { line: &line })
}

struct Client<'a> {
    arguments: &'a Arguments,
    payload_bytes: usize,
    line: &'a Line,
}

impl WithAsking for Client<'_> {
    fn run(self, asking: impl AskingAsleep) -> Result<()> {
        let mut cases = [Case::new(BURST, Asks::new(asking, BURST))];
        alternation::lead(self.arguments, self.line, &mut cases)?;
        let what = if self.arguments.raw {
            "round-trip-raw"
        } else {
            "round-trip"
        };
        for case in &cases {
            report::print(
                self.arguments,
                what,
                self.payload_bytes,
                None,
                case.rounds(),
            );
        }
        Ok(())
    }
}

struct Server<'a> {
    line: &'a Line,
}

impl WithAnswering for Server<'_> {
    fn run(self, answering: impl AnsweringAsleep) -> Result<()> {
        let mut cases = [Case::new(BURST, Answers::new(answering, BURST))];
        alternation::follow(self.line, &mut cases)
    }
}
