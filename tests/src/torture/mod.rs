// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kills clients and servers at drawn moments and judges what those who are left say about it.
//!
//! ```text
//!     batch    one survivor, which serves or asks all the time, and one victim after the other
//!       ├─ a victim that lives to its end, to count the stores and calls of each operation
//!       ├─ victims that die at a drawn store or call: three of four inside of a drawn operation
//!       └─ judgement: the oracle over all lines, the survivor's holdings, what is left in the file system
//! ```
//!
//! Everything is drawn from the seed. How the processes interleave is the machine's choice.

pub mod executioner;
pub mod life;
mod oracle;
mod report;

use crate::{
    actor::Actor,
    census::Holdings,
    draw::Draw,
    load::{Large, Load, Said, Small},
    stage::{Stage, quiet_node},
};
use executioner::{Aim, Counts};
use iceoryx2::{node::Node, port::client::Client, prelude::ipc};
use iceoryx2_bb_posix::process::{ChildBirth, Signal};
use life::{FLUSH, QUIT, Style};
use oracle::{Oracle, Speaker, Verdict};
pub use report::Report;
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

/// More often than a port is woken over a connection before it gives the peer its doorbell.
const WAKES: usize = 10;

/// How many victims share a survivor.
const ROUNDS: usize = 25;

/// How long a victim, or news of it, may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Kills `kills` processes.
pub fn torture(program: &Path, kills: usize, seed: u64) -> Report {
    let mut report = Report::new(seed);
    let mut draw = Draw::new(seed);
    let mut number = 0;
    while report.kills() < kills && report.is_fine() {
        let victims = ROUNDS.min(kills - report.kills());
        Batch::play(program, &mut draw, number, victims, &mut report);
        number += 1;
    }
    report
}

struct Batch<'a> {
    stage: &'a Stage,
    large: bool,
    /// Of the survivor.
    style: Style,
    /// Of the victims, as far as they are alike.
    victim: Style,
    survivor: Actor,
    survivor_is: Speaker,
    oracle: Oracle,
    /// When which process was killed, unless nobody could notice.
    deaths: BTreeMap<u64, u64>,
    /// The survivor waits for a server.
    lonely: bool,
    /// How often the survivor was flushed.
    flushes: usize,
}

impl Batch<'_> {
    fn play(program: &Path, draw: &mut Draw, number: usize, victims: usize, report: &mut Report) {
        let bit = |place: usize| number >> place & 1 == 1;
        let style = Style {
            blocked: bit(1),
            overflow: draw.one_in(3),
            held: draw.one_in(2),
            hasty: false,
            slow: draw.one_in(2),
            child: None,
        };
        let victim = Style {
            blocked: bit(0),
            slow: false,
            ..style
        };
        let stage = Stage::new(program);
        let (servers_die, large) = (bit(2) != bit(0), draw.one_in(2));
        let role = if servers_die {
            "living-client"
        } else {
            "living-server"
        };
        let survivor = start(&stage, role, large, style, Aim::Never);
        let batch = Batch {
            stage: &stage,
            large,
            style,
            victim,
            survivor,
            survivor_is: if servers_die {
                Speaker::Client
            } else {
                Speaker::Server
            },
            oracle: Oracle::default(),
            deaths: BTreeMap::new(),
            lonely: false,
            flushes: 0,
        };
        let context = format!(
            "batch {number}: servers die {servers_die}, large {large}, survivor {}, victims {}",
            style.encode(),
            victim.encode()
        );
        let kills = report.kills();
        let verdict = match (servers_die, large) {
            (true, _) => batch.kill_servers(draw, victims, report),
            (false, true) => batch.kill_clients::<Large>(draw, victims, report),
            (false, false) => batch.kill_clients::<Small>(draw, victims, report),
        };
        report.judge(&context, verdict);
        if report.is_fine() {
            stage.assert_cleared_after(report.kills() - kills);
        }
    }

    fn kill_servers(mut self, draw: &mut Draw, victims: usize, report: &mut Report) -> Verdict {
        let counts = self.live(Speaker::Server, self.victim);
        self.await_loneliness();
        self.survivor.wait_until_asleep();
        let before = self.holdings(1, usize::MAX);
        for _ in 0..victims {
            let child = match draw.below(8) {
                0 => Some(ChildBirth::BareClone),
                1 => Some(ChildBirth::Fork),
                _ => None,
            };
            let style = Style {
                child,
                ..self.victim
            };
            self.kill_one(Speaker::Server, draw_aim(draw, &counts), style, report);
            self.await_loneliness();
        }
        let after = self.holdings(before.memory_objects, before.descriptors);
        self.survivor.signal(Signal::Terminate);
        let fine = self.survivor.wait().success();
        self.overhear_survivor();
        let mut verdict = self.oracle.judge_client(self.style.overflow);
        complain_about_holdings(&mut verdict, before, after, fine);
        verdict
    }

    fn kill_clients<T: Load>(
        mut self,
        draw: &mut Draw,
        victims: usize,
        report: &mut Report,
    ) -> Verdict {
        let keeper = Keeper::<T>::new(self.stage, self.style);
        let counts = self.live(Speaker::Client, self.victim);
        let hasty = Style {
            hasty: true,
            ..self.victim
        };
        let hasty_counts = self.live(Speaker::Client, hasty);
        self.flush(&keeper);
        // A server that its clients wake often gives them a doorbell. What it holds is what it holds with that.
        if self.style.blocked {
            for _ in 0..WAKES {
                self.survivor.wait_until_asleep();
                self.flush(&keeper);
            }
        }
        let before = self.holdings(2, usize::MAX);
        for _ in 0..victims {
            let child = draw.one_in(8).then_some(ChildBirth::Fork);
            if draw.one_in(8) {
                // Before the server accepts it.
                self.survivor.signal(Signal::Stop);
                let aim = draw_aim(draw, &hasty_counts);
                self.kill_one(Speaker::Client, aim, Style { child, ..hasty }, report);
                self.survivor.signal(Signal::Continue);
            } else {
                let style = Style {
                    child,
                    ..self.victim
                };
                self.kill_one(Speaker::Client, draw_aim(draw, &counts), style, report);
            }
            self.flush(&keeper);
        }
        let after = self.holdings(before.memory_objects, before.descriptors);
        // What the last victim had sent is delivered first once the server has noticed its end, which it has by now.
        self.flush(&keeper);
        keeper.say(QUIT);
        let fine = self.survivor.wait().success();
        drop(keeper);
        self.overhear_survivor();
        let mut verdict = self.oracle.judge_server(self.style.overflow, &self.deaths);
        complain_about_holdings(&mut verdict, before, after, fine);
        verdict
    }

    /// A victim that is spared, and what could have been aimed at.
    fn live(&mut self, speaker: Speaker, style: Style) -> Counts {
        let (lines, _) = self.let_one_play(speaker, Aim::Never, style);
        let counts = lines.iter().find_map(|line| line.strip_prefix("counts "));
        counts.unwrap().parse().unwrap()
    }

    fn kill_one(&mut self, speaker: Speaker, aim: Aim, style: Style, report: &mut Report) {
        let (lines, pid) = self.let_one_play(speaker, aim, style);
        let killed = lines.iter().find_map(|line| line.strip_prefix("killed "));
        let Some((place, time)) = killed.and_then(|words| words.split_once(' ')) else {
            report.note_escape();
            return;
        };
        report.note_kill(place.parse().ok(), style);
        if !style.hasty {
            self.deaths.insert(u64::from(pid), time.parse().unwrap());
        }
    }

    /// One life, from its start until nothing of it is left but its lines.
    fn let_one_play(&mut self, speaker: Speaker, aim: Aim, style: Style) -> (Vec<String>, u32) {
        let role = match speaker {
            Speaker::Server => "dying-server",
            Speaker::Client => "dying-client",
        };
        let mut victim = start(self.stage, role, self.large, style, aim);
        let begin = Instant::now();
        while !victim.has_ended() {
            if begin.elapsed() > PATIENCE {
                let last = victim.overhear();
                panic!("a {role} {} aimed at {aim} hangs: {last:?}", style.encode());
            }
            self.overhear_survivor();
            std::thread::sleep(Duration::from_micros(200));
        }
        let pid = victim.pid();
        let lines = victim.last_words();
        lines
            .iter()
            .for_each(|line| self.oracle.hear(speaker, line));
        (lines, pid)
    }

    fn overhear_survivor(&mut self) {
        for line in self.survivor.overhear() {
            self.heed(&line);
        }
    }

    fn heed(&mut self, line: &str) {
        match line {
            "lonely" => self.lonely = true,
            "served" => self.lonely = false,
            "flushed" => self.flushes += 1,
            line => self.oracle.hear(self.survivor_is, line),
        }
    }

    fn await_loneliness(&mut self) {
        self.overhear_survivor();
        while !self.lonely {
            let line = self.survivor.hear();
            self.heed(&line);
        }
    }

    fn flush<T: Load>(&mut self, keeper: &Keeper<T>) {
        let due = self.flushes + 1;
        keeper.say(FLUSH);
        while self.flushes < due {
            let line = self.survivor.hear();
            self.heed(&line);
        }
    }

    /// What the survivor holds. It has a moment to let go of the last victim, so that only so many objects are left: its
    /// own memory, and the keeper's if there is one.
    fn holdings(&mut self, memory_objects: usize, descriptors: usize) -> Holdings {
        let begin = Instant::now();
        loop {
            let holdings = Holdings::of(self.survivor.pid());
            let settled =
                holdings.memory_objects == memory_objects && holdings.descriptors <= descriptors;
            if settled || begin.elapsed() > PATIENCE / 10 {
                return holdings;
            }
            self.overhear_survivor();
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn complain_about_holdings(verdict: &mut Verdict, before: Holdings, after: Holdings, fine: bool) {
    if after.memory_objects != before.memory_objects || after.descriptors > before.descriptors {
        let complaint = format!("the survivor held {before:?} and holds {after:?}");
        verdict.complaints.push(complaint);
    }
    if !fine {
        let complaint = "the survivor did not end in order";
        verdict.complaints.push(complaint.to_owned());
    }
}

/// Three of four inside of an operation.
fn draw_aim(draw: &mut Draw, counts: &Counts) -> Aim {
    let operations: Vec<usize> = (0..counts.inside.len())
        .filter(|operation| counts.inside[*operation] > 0)
        .collect();
    if draw.one_in(4) {
        return Aim::Anywhere(draw.below(counts.total) + 1);
    }
    let operation = draw.of(&operations);
    Aim::Inside(operation, draw.below(counts.inside[operation]) + 1)
}

fn start(stage: &Stage, role: &str, large: bool, style: Style, aim: Aim) -> Actor {
    let size = if large { "large" } else { "small" };
    Actor::start(stage, role, &[size, &style.encode(), &aim.to_string()])
}

/// Plays one of this module's roles.
pub fn play(role: &str, root: &Path, arguments: &[String]) {
    let [size, style, aim] = arguments else {
        panic!("{role} needs a size, a style and an aim");
    };
    let (style, aim) = (Style::decode(style), aim.parse().unwrap());
    match size.as_str() {
        "large" => play_with::<Large>(role, root, style, aim),
        _ => play_with::<Small>(role, root, style, aim),
    }
}

fn play_with<T: Load>(role: &str, root: &Path, style: Style, aim: Aim) {
    match role {
        "dying-server" => life::dying_server::<T>(root, aim, style),
        "dying-client" => life::dying_client::<T>(root, aim, style),
        "living-server" => life::living_server::<T>(root, style),
        "living-client" => life::living_client::<T>(root, style),
        other => panic!("there is no role {other}"),
    }
}

/// The test's own client of a living server.
struct Keeper<T: Load> {
    client: Client<ipc::Service, T, (), T, ()>,
    _node: Node<ipc::Service>,
}

impl<T: Load> Keeper<T> {
    fn new(stage: &Stage, style: Style) -> Self {
        let node = quiet_node::<ipc::Service>(&stage.config());
        let service = life::service::<T>(&node, style.overflow);
        let client = service.client_builder().create().unwrap();
        client.wait_for_servers(1, PATIENCE).unwrap();
        Self {
            client,
            _node: node,
        }
    }

    fn say(&self, word: u64) {
        let load = T::of(Said {
            client: 0,
            request: 0,
            number: word,
        });
        drop(self.client.send_copy(load).unwrap());
    }
}
