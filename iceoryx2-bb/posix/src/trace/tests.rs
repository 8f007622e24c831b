// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use std::process::Command;

/// A child that has started up and does `script` once its input ends.
fn shell(script: &str) -> std::process::Child {
    use std::{io::Read, process::Stdio};
    let mut child = Command::new("sh")
        .args(["-c", &format!("echo; read line; {script}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = child.stdout.as_mut().unwrap();
    output.read_exact(&mut [0]).unwrap();
    child
}

#[test]
fn calls_are_counted_until_the_child_speaks() {
    let count = |script: &str| {
        let mut child = shell(script);
        let stdin = child.stdin.take();
        let calls = count_calls(child.id(), || drop(stdin)).unwrap();
        child.wait().unwrap();
        calls
    };
    let few = count("echo done");
    let more = count("cd /; cd /; cd /; cd /; cd /; cd /; cd /; cd /; cd /; cd /; echo done");
    assert!(more >= few + 10, "{few} {more}");
}

#[test]
fn who_ends_silently_is_not_counted() {
    let mut child = shell("true");
    let stdin = child.stdin.take();
    let error = count_calls(child.id(), || drop(stdin)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Disconnected);
    // The count has reaped it.
    assert!(child.wait().is_err());
}

/// What `see` saw of a child that does `script`, and how that ended.
fn followed(script: &str, mut see: impl FnMut(Seen) -> Go) -> End {
    let mut child = shell(script);
    let mut stdin = child.stdin.take();
    let end = follow(child.id(), |seen| {
        if seen == Seen::Attached {
            drop(stdin.take());
        }
        see(seen)
    });
    let _ = child.wait();
    end.unwrap()
}

// Fails if: `follow` resumes by `ptrace::syscall` whatever it is told.
#[test]
fn a_section_holds_what_lies_between_its_marks() {
    for go in [Go::ToInstruction, Go::ToCall] {
        let script = "cd /; kill -URG $$; kill -URG $$; cd /; cd /; cd /; kill -URG $$; exit 3";
        let mut sections = Vec::new();
        let end = followed(script, |seen| match (seen, sections.len()) {
            (Seen::Mark, 3) => Go::ToMark,
            (Seen::Attached, _) => Go::ToMark,
            (Seen::Mark, _) => {
                sections.push(0);
                go
            }
            _ => {
                *sections.last_mut().unwrap() += 1;
                go
            }
        });
        assert_eq!(end, End::Exited(3));
        let [empty, full, _] = sections[..] else {
            panic!("{sections:?}");
        };
        assert!(empty > 0 && full >= empty + 3, "{go:?} {sections:?}");
    }
}

// Fails if: `is_before_call` looks for another instruction.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[test]
fn steps_tell_where_a_call_comes() {
    let mut marks = 0;
    let mut calls = 0;
    followed("kill -URG $$; cd /; kill -URG $$", |seen| {
        marks += u32::from(seen == Seen::Mark);
        calls += u32::from(seen == Seen::Instruction { before_call: true });
        if marks == 1 {
            Go::ToInstruction
        } else {
            Go::ToMark
        }
    });
    // To change the directory, and to show the mark.
    assert!((2..20).contains(&calls), "{calls}");
}

#[test]
fn marks_do_nothing_where_nobody_follows() {
    mark().unwrap();
}

#[test]
fn it_is_seen_when_the_child_becomes_another_program() {
    let mut executed = 0;
    let end = followed("exec true", |seen| {
        executed += u32::from(seen == Seen::Executed);
        Go::ToMark
    });
    assert_eq!((end, executed), (End::Exited(0), 1));
}

#[test]
fn a_child_that_is_freed_goes_on_alone_and_one_that_is_killed_ends_the_following() {
    assert_eq!(followed("exit 0", |_| Go::Free), End::Freed);
    assert_eq!(followed("kill -KILL $$", |_| Go::ToMark), End::Killed);
}

#[test]
fn flushes_are_told_from_other_calls() {
    let mut flushes = 0;
    followed("exec sync /", |seen| {
        if let Seen::Call(call) = seen {
            flushes += u32::from(call.flushes());
        }
        Go::ToCall
    });
    assert_eq!(flushes, 1);
}
