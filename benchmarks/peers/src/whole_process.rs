// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whole client processes, from exec to exit, with one call: the programs below `first/`. The floor is an empty program.

use crate::{
    Result,
    arguments::Plan,
    classes::Class,
    first,
    line::PATIENCE,
    pair::Process,
    peers::Peer,
    place::Place,
    report::remark,
    results::{Extra, Outcome, Results, Sample},
    row::Row,
    side::{Role, Side},
};
use iceoryx2_bb_posix::process::{self, Signal};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Instant,
};

/// The times, and how many system calls they are made of where `strace` is there to count.
pub fn measure(plan: &Plan) -> Result<(Results, Extra)> {
    first::build(&plan.peers)?;
    process::pin_to_cpu(Role::Client.cpu(Row::Process))?;
    let nothing = first::program("nothing")?;
    let mut contestants: Vec<_> = plan
        .peers
        .iter()
        .map(|peer| Contestant::new(*peer))
        .collect();
    let mut samples = Vec::new();
    let begin = Instant::now();
    for round in 0..plan.rounds {
        if begin.elapsed() > plan.budget {
            break;
        }
        let mut before_ns = time(&mut Command::new(&nothing))?;
        for place in 0..contestants.len() {
            let place = if round.is_multiple_of(2) {
                place
            } else {
                contestants.len() - 1 - place
            };
            let Some(contestant) = contestants.get_mut(place) else {
                break;
            };
            let Some(time_ns) = contestant.run(time) else {
                continue;
            };
            let after_ns = time(&mut Command::new(&nothing))?;
            samples.push(Sample {
                peer: contestant.peer,
                round,
                class: Some(Class::Any),
                floor_ns: f64::midpoint(before_ns, after_ns),
                time_ns,
            });
            before_ns = after_ns;
        }
    }
    let calls = Extra {
        title: "system calls of the whole process",
        floor: calls(&mut Command::new(&nothing)).ok(),
        of: contestants
            .iter_mut()
            .filter_map(|one| Some((one.peer, one.run(calls)?)))
            .collect(),
        show: |calls| format!("{calls:.0}"),
    };
    let outcomes = contestants.into_iter().map(|contestant| Outcome {
        peer: contestant.peer,
        failure: contestant.server.err(),
    });
    Ok((
        Results::new(Row::Process, outcomes.collect(), samples),
        calls,
    ))
}

/// A server that waits for clients, and their program.
struct Contestant {
    peer: Peer,
    server: core::result::Result<Server, String>,
}

struct Server {
    program: PathBuf,
    process: Process,
    // WHY: the last field is dropped last, when nothing is left below it.
    place: Place,
}

impl Contestant {
    fn new(peer: Peer) -> Self {
        let server = match peer.lacks(Row::Process) {
            Some(reason) => Err(reason.into()),
            None => Server::start(peer).map_err(|trouble| trouble.to_string()),
        };
        let mut contestant = Self { peer, server };
        // The first may find nothing in any cache.
        contestant.run(time);
        if let Err(reason) = &contestant.server {
            remark(&format!("process: {} is not in it: {reason}", peer.name()));
        }
        contestant
    }

    fn run(&mut self, how: fn(&mut Command) -> Result<f64>) -> Option<f64> {
        let result = self.server.as_ref().ok()?.serve(how);
        result
            .map_err(|trouble| self.server = Err(trouble.to_string()))
            .ok()
    }
}

impl Server {
    fn start(peer: Peer) -> Result<Self> {
        let place = Place::new()?;
        let side = Side::Of(Role::Server, peer, Row::Process);
        let process = Process::start(side, place.path(), Stdio::null(), Stdio::null())?;
        process.hear("ready")?;
        Ok(Self {
            program: first::program(peer.name())?,
            process,
            place,
        })
    }

    fn serve(&self, how: fn(&mut Command) -> Result<f64>) -> Result<f64> {
        self.process.line()?.say("go 1", &[])?;
        let result = how(Command::new(&self.program).arg(self.place.path()))?;
        self.process.hear("done")?;
        Ok(result)
    }
}

/// Nanoseconds from before the start of a program until it has ended.
fn time(command: &mut Command) -> Result<f64> {
    // WHY: cargo sets it, and then the loader looks for every library in all of its folders.
    command.env_remove("LD_LIBRARY_PATH");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let guard = Guard::new();
    let begin = Instant::now();
    let mut child = command.spawn()?;
    guard.watch(child.id());
    let status = child.wait()?;
    let time = begin.elapsed();
    if status.success() {
        Ok(time.as_secs_f64() * 1e9)
    } else {
        Err(format!("the client failed: {status}").into())
    }
}

/// A thread that kills a process which takes too long.
struct Guard(mpsc::Sender<u32>);

impl Guard {
    fn new() -> Self {
        let (sender, pids) = mpsc::channel();
        thread::spawn(move || {
            // It ends when the guard does.
            if let Ok(pid) = pids.recv()
                && pids.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout)
            {
                let _ = process::send_signal(pid, Signal::Kill);
            }
        });
        Self(sender)
    }

    fn watch(&self, pid: u32) {
        // The thread may be gone only when there is nothing to watch.
        let _ = self.0.send(pid);
    }
}

/// How many system calls a program makes, with all its threads.
fn calls(command: &mut Command) -> Result<f64> {
    let place = Place::new()?;
    let counts = place.path().join("counts");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-c", "-o"]).arg(&counts);
    strace.arg(command.get_program()).args(command.get_args());
    time(&mut strace)?;
    total(&counts)
}

fn total(counts: &Path) -> Result<f64> {
    let counts = fs::read_to_string(counts)?;
    let last = counts.lines().rev().find(|line| line.ends_with("total"));
    let calls = last.and_then(|line| line.split_whitespace().nth(3));
    Ok(calls.ok_or("strace counted nothing")?.parse()?)
}
