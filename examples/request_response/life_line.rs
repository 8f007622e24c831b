// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The pipe between parent and child that tells the child when to end: it lasts as long as the parent holds it.

use iceoryx2_examples::command_line::Ending;
use std::{
    error::Error,
    io,
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
};

/// A process of this program in another role.
pub struct Child {
    role: &'static str,
    process: std::process::Child,
}

impl Child {
    pub fn spawn(role: &'static str, options: &[&str]) -> Result<Self, Box<dyn Error>> {
        let process = Command::new(std::env::current_exe()?)
            .args(["--role", role])
            .args(options)
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the {role} cannot be started: {error}"))?;
        Ok(Self { role, process })
    }

    pub fn is_running(&mut self) -> io::Result<bool> {
        Ok(self.process.try_wait()?.is_none())
    }

    /// Lets the child go and waits until it has ended.
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

/// Seen from the child.
pub struct Parent(Receiver<()>);

/// Takes hold of the line to the parent, which is the standard input.
pub fn to_parent() -> Parent {
    let (held, parent) = mpsc::channel();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        drop(held);
    });
    Parent(parent)
}

impl Parent {
    pub fn is_there(&self) -> bool {
        self.0.try_recv() != Err(TryRecvError::Disconnected)
    }
}
