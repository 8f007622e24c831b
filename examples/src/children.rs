// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs that start themselves again in another role. A pipe between parent and child tells the child when to end: it
//! lasts as long as the parent holds it.

use crate::command_line::Ending;
use std::{
    error::Error,
    io,
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
};

/// A process of this program in another role.
#[derive(Debug)]
pub struct Child {
    role: &'static str,
    process: std::process::Child,
}

impl Child {
    /// Starts it, as `--role ROLE` and with `options`.
    ///
    /// # Errors
    /// Where it cannot be started.
    pub fn spawn(role: &'static str, options: &[&str]) -> Result<Self, Box<dyn Error>> {
        let process = Command::new(std::env::current_exe()?)
            .args(["--role", role])
            .args(options)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the {role} cannot be started: {error}"))?;
        Ok(Self { role, process })
    }

    /// Whether it has not ended yet.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn is_running(&mut self) -> io::Result<bool> {
        Ok(self.process.try_wait()?.is_none())
    }

    /// Lets the child go and waits until it has ended.
    ///
    /// # Errors
    /// Where it did not end well.
    pub fn end(&mut self) -> Ending {
        // Closes the child's standard input first.
        let status = self.process.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the {} ended with {status}", self.role).into())
        }
    }
}

/// The parent, seen from the child.
#[derive(Debug)]
pub struct Parent(Receiver<()>);

/// Takes hold of the line to the parent, which is the standard input.
#[must_use]
pub fn to_parent() -> Parent {
    let (held, parent) = mpsc::channel();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        drop(held);
    });
    Parent(parent)
}

impl Parent {
    /// Whether the parent has not let go.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.0.try_recv() != Err(TryRecvError::Disconnected)
    }
}
