// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the lines of a batch must say together.

use std::collections::BTreeMap;

/// One request: whose, and which.
type Key = (u64, u64);

/// What was said of one request by everybody.
#[derive(Debug, Default, Clone)]
struct Story {
    /// How many responses it asks for.
    asked: u64,
    /// Servers that have it.
    taken: u64,
    /// Responses that were published for certain.
    published: u64,
    /// Responses the client got.
    got: Vec<u64>,
    /// How many servers it was sent to.
    servers: u64,
    outcome: Option<String>,
}

/// Collects lines, then judges.
#[derive(Debug, Default)]
pub struct Oracle {
    stories: BTreeMap<Key, Story>,
    /// Requests in the order in which the server that lives was handed them.
    handed: BTreeMap<u64, Vec<u64>>,
    /// Requests that were published for certain, by client.
    requested: BTreeMap<u64, u64>,
    /// When somebody was killed.
    deaths: Vec<u64>,
    /// When somebody reported a death.
    notices: Vec<(Key, u64, bool)>,
    /// Everything that is wrong.
    complaints: Vec<String>,
}

/// Which lines these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// Of a server.
    Server,
    /// Of a client.
    Client,
}

impl Oracle {
    /// Hears one line.
    pub fn hear(&mut self, speaker: Speaker, line: &str) {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let number = |index: usize| words.get(index).and_then(|word| word.parse::<u64>().ok());
        let key = number(1).zip(number(2));
        match (speaker, words[0], key, number(3)) {
            (_, "wrong", ..) => self.complaints.push(line.to_owned()),
            (_, "killed", ..) => self.deaths.extend(number(2)),
            (Speaker::Server, "took", Some(key), _) => self.story(key).taken += 1,
            (Speaker::Server, "published", Some(key), Some(_)) => self.story(key).published += 1,
            (Speaker::Server, "got", Some(key), Some(asked)) => {
                self.story(key).asked = asked;
                self.handed.entry(key.0).or_default().push(key.1);
            }
            (Speaker::Server, "noticed", Some(key), Some(time)) => {
                self.notices.push((key, time, false));
            }
            (Speaker::Client, "published", Some(key), _) => {
                let requested = self.requested.entry(key.0).or_default();
                *requested = (*requested).max(key.1 + 1);
            }
            (Speaker::Client, "sent", Some(key), Some(servers)) => {
                self.story(key).servers = servers;
            }
            (Speaker::Client, "got", Some(key), Some(place)) => self.story(key).got.push(place),
            (Speaker::Client, "ended", Some(key), Some(time)) => {
                let outcome = words.get(4).copied().unwrap_or_default().to_owned();
                if outcome.starts_with("ServerDied") {
                    self.notices.push((key, time, true));
                }
                self.story(key).outcome = Some(outcome);
            }
            _ => {}
        }
    }

    fn story(&mut self, key: Key) -> &mut Story {
        self.stories.entry(key).or_default()
    }

    /// What is wrong with the requests a living client sent to dying servers.
    pub fn judge_client(mut self, overflow: bool) -> Verdict {
        for (key, story) in core::mem::take(&mut self.stories) {
            if let Some(complaint) = complaint_about(&story, overflow) {
                self.complaints
                    .push(format!("{key:?} {complaint}: {story:?}"));
            }
        }
        let notices = self.notices.iter().filter_map(|(_, time, of_server)| {
            let death = self.deaths.iter().filter(|death| *death <= time).max()?;
            of_server.then_some(time - death)
        });
        Verdict {
            notices: notices.collect(),
            complaints: self.complaints,
        }
    }

    /// What is wrong with the requests a living server got of clients, of which the killed died at these times.
    pub fn judge_server(mut self, overflow: bool, deaths: &BTreeMap<u64, u64>) -> Verdict {
        for (client, handed) in &self.handed {
            let requested = self.requested.get(client).copied().unwrap_or(0);
            let in_order = (0..).zip(handed).all(|(place, request)| place == *request);
            let all = handed.len() as u64 >= requested;
            if !in_order || !all {
                self.complaints.push(format!(
                    "client {client} sent {requested} requests, the server got {handed:?}"
                ));
            }
        }
        for (client, requested) in &self.requested {
            if *requested > 0 && !self.handed.contains_key(client) {
                self.complaints
                    .push(format!("no request of client {client} arrived"));
            }
        }
        for (key, story) in core::mem::take(&mut self.stories) {
            if !in_sequence(&story.got, overflow) || story.taken > 1 {
                self.complaints.push(format!("{key:?}: {story:?}"));
            }
        }
        let notices = self.notices.iter().filter_map(|((client, _), time, _)| {
            let death = deaths.get(client)?;
            time.checked_sub(*death)
        });
        Verdict {
            notices: notices.collect(),
            complaints: self.complaints,
        }
    }
}

/// What came of a batch.
#[derive(Debug, Default)]
pub struct Verdict {
    /// How long after each death it was reported, in ns.
    pub notices: Vec<u64>,
    /// What is wrong.
    pub complaints: Vec<String>,
}

fn in_sequence(got: &[u64], overflow: bool) -> bool {
    if overflow {
        got.is_sorted_by(|one, next| one < next)
    } else {
        (0..).zip(got).all(|(place, number)| place == *number)
    }
}

fn complaint_about(story: &Story, overflow: bool) -> Option<&'static str> {
    let got = story.got.len() as u64;
    if !in_sequence(&story.got, overflow) {
        return Some("has gaps, doubles or the wrong order");
    }
    let outcome = story.outcome.as_deref()?;
    if !overflow && got < story.published {
        return Some("lost what was published");
    }
    let alone = story.servers <= 1;
    let complete = story.got.last().map_or(0, |last| last + 1) == story.asked;
    let right = match outcome {
        "Finished" => complete,
        "Rejected" | "NoServer" => got == 0 && story.taken == 0,
        died if alone && died.starts_with("ServerDied") => {
            let taken = died.contains("taken: true");
            died.ends_with(&format!("received: {got} }}")) && (taken || story.taken == 0)
        }
        died => died.starts_with("ServerDied"),
    };
    (!right).then_some("has the wrong outcome")
}

#[cfg(test)]
mod tests {
    use super::{Oracle, Speaker};
    use std::collections::BTreeMap;

    fn judged(lines: &[(Speaker, &str)], overflow: bool) -> Vec<String> {
        let mut oracle = Oracle::default();
        lines.iter().for_each(|(who, line)| oracle.hear(*who, line));
        oracle.judge_client(overflow).complaints
    }

    const STORY: [(Speaker, &str); 7] = [
        (Speaker::Client, "sent 7 1 1"),
        (Speaker::Server, "took 7 1"),
        (Speaker::Server, "got 7 1 3"),
        (Speaker::Server, "published 7 1 0"),
        (Speaker::Server, "published 7 1 1"),
        (Speaker::Client, "got 7 1 0"),
        (Speaker::Client, "got 7 1 1"),
    ];

    fn story_with(more: &str) -> Vec<String> {
        let mut lines = STORY.to_vec();
        lines.push((Speaker::Client, more));
        judged(&lines, false)
    }

    #[test]
    fn an_honest_death_is_right() {
        let right = story_with("ended 7 1 99 ServerDied { taken: true, received: 2 }");
        assert_eq!(right, Vec::<String>::new());
    }

    #[test]
    fn everything_else_is_wrong() {
        for line in [
            "ended 7 1 99 Finished",
            "ended 7 1 99 Rejected",
            "ended 7 1 99 NoServer",
            "ended 7 1 99 ServerDied { taken: false, received: 2 }",
            "ended 7 1 99 ServerDied { taken: true, received: 1 }",
            "got 7 1 1",
            "got 7 1 3",
            "wrong response",
        ] {
            assert_eq!(story_with(line).len(), 1, "{line}");
        }
    }

    #[test]
    fn a_lost_response_is_wrong_unless_overflow_took_it() {
        let mut lines = STORY.to_vec();
        lines.remove(6);
        lines.push((
            Speaker::Client,
            "ended 7 1 99 ServerDied { taken: true, received: 1 }",
        ));
        assert_eq!(judged(&lines, false).len(), 1);
        assert_eq!(judged(&lines, true).len(), 0);
    }

    #[test]
    fn a_lost_request_is_wrong() {
        let mut oracle = Oracle::default();
        oracle.hear(Speaker::Client, "published 7 0 0");
        oracle.hear(Speaker::Client, "published 7 1 0");
        oracle.hear(Speaker::Server, "got 7 0 1");
        let verdict = oracle.judge_server(false, &BTreeMap::new());
        assert_eq!(verdict.complaints.len(), 1);
    }
}
