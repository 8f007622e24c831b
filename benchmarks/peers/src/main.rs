// SPDX-License-Identifier: Apache-2.0 OR MIT
#![doc = include_str!("../README.md")]

mod arguments;
mod classes;
mod contest;
mod first;
mod floor;
mod line;
mod machine;
mod message;
mod pages;
mod pair;
mod peers;
mod place;
mod precedence;
mod report;
mod results;
mod row;
mod side;
mod statistics;
mod whole_process;

use arguments::{Arguments, Task};
use std::process::ExitCode;

/// Whatever keeps a measurement from its figure, told to the user and to nobody else.
type Trouble = Box<dyn core::error::Error + Send + Sync>;
type Result<T> = core::result::Result<T, Trouble>;

fn main() -> ExitCode {
    match Arguments::parse(std::env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("{trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<()> {
    match arguments.task {
        Task::Help => {
            print!("{}", arguments::USAGE);
            Ok(())
        }
        Task::Measure(plan) => contest::hold(&plan),
        Task::Side(task) => side::run(&task),
    }
}
