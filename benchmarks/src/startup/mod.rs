// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What it takes to start: a client process from exec to exit with one call, beside a process that does nothing, and each
//! step of it; and a connection between processes that run already.

mod client;
mod once;
mod programs;

use crate::{
    Result,
    arguments::Arguments,
    calls, churn,
    pair::CLIENT_CPU,
    part::{self, Part, command},
    peer::Place,
    record::Record,
    statistics::median,
};
use client::STEPS;
use iceoryx2_bb_posix::process;
use programs::{CLIENT, NOTHING, program};
use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// The client, which shows its steps.
const STEPWISE: &str = "stepwise";
const SERVER: &str = "server";
/// Becomes one of the others once it is told to.
const BECOME_NOTHING: &str = "become-nothing";
const BECOME_CLIENT: &str = "become-client";

/// Runs all of it.
pub fn measure(arguments: &Arguments) -> Result<()> {
    churn::connect(arguments)?;
    let stage = Stage::new(arguments)?;
    stage.processes()?;
    stage.steps()
}

/// Plays one of the parts.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    match arguments.part.as_deref() {
        None => churn::serve(arguments, place),
        Some(STEPWISE) => client::run_stepwise(),
        Some(SERVER) => client::serve_them(),
        Some(BECOME_NOTHING) => become_program(NOTHING, place),
        Some(BECOME_CLIENT) => become_program(CLIENT, place),
        Some(other) => Err(format!("there is no part {other:?}").into()),
    }
}

fn become_program(name: &str, place: &Path) -> Result<()> {
    while part::listen()?.is_some() {}
    Err(Command::new(program(name, place)).exec().into())
}

/// A server that answers the clients to come.
struct Stage<'a> {
    arguments: &'a Arguments,
    _server: Part,
    // WHY: the last field is dropped last, when nothing is left below it.
    place: Place,
}

impl<'a> Stage<'a> {
    fn new(arguments: &'a Arguments) -> Result<Self> {
        let place = Place::new()?;
        programs::install(&place)?;
        let mut server = Part::start(&mut at(command(arguments, SERVER, place.path())?, &place))?;
        server.expect("up")?;
        process::pin_to_cpu(CLIENT_CPU)?;
        Ok(Self {
            arguments,
            _server: server,
            place,
        })
    }

    fn command(&self, part: &str) -> Result<Command> {
        let command = command(self.arguments, part, self.place.path())?;
        Ok(at(command, &self.place))
    }

    fn program(&self, name: &str) -> Command {
        at(Command::new(program(name, self.place.path())), &self.place)
    }

    /// Whole processes, the client and the one that does nothing in turn.
    fn processes(&self) -> Result<()> {
        let mut times = [Vec::new(), Vec::new()];
        let begin = Instant::now();
        while times[0].len() < self.arguments.rounds && begin.elapsed() < self.arguments.budget {
            for (times, name) in times.iter_mut().zip([NOTHING, CLIENT]) {
                times.push(time_us(&mut self.program(name))?);
            }
        }
        let parts = [("nothing", BECOME_NOTHING), ("client", BECOME_CLIENT)];
        for ((part, become_it), times) in parts.into_iter().zip(times) {
            let mut process = Part::start(&mut self.command(become_it)?)?;
            let calls = calls::sections(&mut process)?;
            let calls = calls.first().ok_or("the child did not become another")?;
            Record::new("startup", format!("process-{part}"))
                .measure("us", median(times.into_iter()).unwrap_or(f64::NAN))
                .count("calls", calls.all)
                .count("flushes", calls.flushes)
                .print(self.arguments.json);
        }
        Ok(())
    }

    /// The client's steps.
    fn steps(&self) -> Result<()> {
        let mut times = vec![Vec::new(); STEPS.len()];
        for _ in 0..self.arguments.rounds {
            let mut process = Part::start(&mut self.command(STEPWISE)?)?;
            process.dismiss();
            for times in &mut times {
                times.push(process.hear()?.parse()?);
            }
        }
        let mut process = Part::start(&mut self.command(STEPWISE)?)?;
        let calls = calls::between_marks(&mut process)?;
        for ((step, times), calls) in STEPS.iter().zip(times).zip(calls) {
            Record::new("startup", format!("step-{step}"))
                .measure("us", median(times.into_iter()).unwrap_or(f64::NAN))
                .count("calls", calls.all)
                .count("flushes", calls.flushes)
                .print(self.arguments.json);
        }
        Ok(())
    }
}

/// A program that was given no configuration, and lives below `place`.
fn at(mut command: Command, place: &Place) -> Command {
    command
        .env("XDG_RUNTIME_DIR", place.path())
        .env("HOME", place.path())
        .env_remove("XDG_CONFIG_HOME")
        // WHY: cargo sets it, and then the loader looks for every library in all of its folders.
        .env_remove("LD_LIBRARY_PATH")
        .current_dir(place.path())
        .stdin(Stdio::null());
    command
}

/// From exec to exit.
fn time_us(command: &mut Command) -> Result<f64> {
    let begin = Instant::now();
    let status = command.status()?;
    let time = begin.elapsed();
    if status.success() {
        Ok(time.as_secs_f64() * 1e6)
    } else {
        Err(format!("a part has failed: {status}").into())
    }
}
