// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kills this process at a drawn moment: right after a store to shared memory, or right before a system call.

use crate::actor::say;
use core::{fmt, str::FromStr};
use iceoryx2_bb_elementary::hooks::{self, Observer, Operation};
use iceoryx2_bb_posix::{
    clock,
    process::{Signal, send_signal},
};
use std::sync::{Mutex, OnceLock};

/// When to die.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Not at all: to count what could be aimed at.
    Never,
    /// At the n-th store or call, from 1, wherever it is.
    Anywhere(u64),
    /// At the n-th store or call, from 1, inside of the operation with this number in `Operation::ALL`.
    Inside(usize, u64),
}

/// How many stores and calls a life has: inside of each operation, and in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the order of `Operation::ALL`; an inner operation's are not its outer one's.
    pub inside: [u64; 8],
    /// Everywhere.
    pub total: u64,
}

struct State {
    aim: Aim,
    counts: Counts,
    /// The operations this process is in, the innermost last.
    inside: Vec<usize>,
}

struct Executioner(Mutex<State>);

static EXECUTIONER: OnceLock<Executioner> = OnceLock::new();

/// From now on this process may die.
pub fn arm(aim: Aim) {
    let executioner = EXECUTIONER.get_or_init(|| {
        Executioner(Mutex::new(State {
            aim,
            counts: Counts::default(),
            inside: Vec::new(),
        }))
    });
    hooks::observe(executioner);
}

/// What happened in this process since it was armed.
pub fn counts() -> Counts {
    EXECUTIONER
        .get()
        .map_or_else(Counts::default, |it| it.0.lock().unwrap().counts)
}

impl Executioner {
    fn happen(&self) {
        let killed = {
            let mut state = self.0.lock().unwrap();
            let inside = state.inside.last().copied();
            state.counts.total += 1;
            if let Some(operation) = inside {
                state.counts.inside[operation] += 1;
            }
            let now = match state.aim {
                Aim::Never => false,
                Aim::Anywhere(n) => state.counts.total == n,
                Aim::Inside(operation, n) => {
                    inside == Some(operation) && state.counts.inside[operation] == n
                }
            };
            now.then(|| {
                // WHY: to die is a system call, too.
                state.aim = Aim::Never;
                inside
            })
        };
        if let Some(inside) = killed {
            let place = inside.map_or_else(|| "-".to_owned(), |inside| inside.to_string());
            say(format_args!("killed {place} {}", clock::now_ns()));
            send_signal(std::process::id(), Signal::Kill).unwrap();
            unreachable!("nobody survives this signal");
        }
    }
}

impl Observer for Executioner {
    fn after_store(&self) {
        self.happen();
    }

    fn before_call(&self, _: &'static str) -> Option<i32> {
        self.happen();
        None
    }

    fn enter(&self, operation: Operation) {
        let index = Operation::ALL.iter().position(|it| *it == operation);
        self.0.lock().unwrap().inside.extend(index);
    }

    fn leave(&self, _: Operation) {
        self.0.lock().unwrap().inside.pop();
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Anywhere(n) => write!(f, "anywhere:{n}"),
            Self::Inside(operation, n) => write!(f, "{operation}:{n}"),
        }
    }
}

impl FromStr for Aim {
    type Err = core::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text.split_once(':') {
            None => Self::Never,
            Some(("anywhere", n)) => Self::Anywhere(n.parse()?),
            Some((operation, n)) => Self::Inside(operation.parse()?, n.parse()?),
        })
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inside
            .iter()
            .try_for_each(|count| write!(f, "{count} "))?;
        write!(f, "{}", self.total)
    }
}

impl FromStr for Counts {
    type Err = core::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut counts = Self::default();
        let mut numbers = text.split(' ');
        for count in &mut counts.inside {
            *count = numbers.next().unwrap_or_default().parse()?;
        }
        counts.total = numbers.next().unwrap_or_default().parse()?;
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use super::{Aim, Counts};

    #[test]
    fn what_is_said_is_understood() {
        for aim in [Aim::Never, Aim::Anywhere(7), Aim::Inside(3, 12)] {
            assert_eq!(aim.to_string().parse(), Ok(aim));
        }
        let counts = Counts {
            inside: [1, 2, 3, 4, 5, 6, 7, 8],
            total: 99,
        };
        assert_eq!(counts.to_string().parse(), Ok(counts));
    }
}
