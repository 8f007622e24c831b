// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::{ErrorKind, Poller, Trigger};
use core::time::Duration;
use std::process::Command;

#[test]
fn an_end_is_seen_at_once() {
    let mut child = Command::new("sleep").arg("600").spawn().unwrap();
    let life = PeerProcess::open(child.id()).unwrap();
    assert!(!life.is_dead().unwrap());
    send_signal(child.id(), Signal::Stop).unwrap();
    assert!(!life.is_dead().unwrap(), "stopped is not dead");
    let poller = Poller::create().unwrap();
    poller.add(life.source(), 9, Trigger::Level).unwrap();
    send_signal(child.id(), Signal::Kill).unwrap();
    let mut token = 0;
    poller
        .wait(Some(Duration::from_secs(60)), &mut |ready| {
            token = ready.token
        })
        .unwrap();
    assert_eq!(token, 9);
    assert!(life.is_dead().unwrap(), "dead before it is reaped");
    child.wait().unwrap();
    assert!(life.is_dead().unwrap(), "dead after it was reaped");
    assert_eq!(
        PeerProcess::open(child.id()).unwrap_err().kind(),
        ErrorKind::Disconnected
    );
}

#[test]
fn numbers_of_groups_are_refused() {
    for pid in [0, u32::MAX] {
        let error = send_signal(pid, Signal::Continue).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            PeerProcess::open(pid).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
    }
}

#[test]
fn a_thread_is_pinned_where_there_is_a_processor() {
    assert!(cpu_count() >= 1);
    std::thread::spawn(|| {
        assert_eq!(
            pin_to_cpu(usize::MAX).unwrap_err().kind(),
            ErrorKind::InvalidInput
        );
        let pinned = (0..1024).any(|index| pin_to_cpu(index).is_ok());
        assert!(pinned && cpu_count() == 1);
    })
    .join()
    .unwrap();
}

#[test]
fn this_program_is_a_file() {
    assert!(this_executable().unwrap().is_file());
}

#[test]
fn a_child_says_whether_it_went_well() {
    assert!(in_forked_child(|| true).unwrap());
    assert!(!in_forked_child(|| false).unwrap());
}

#[test]
fn a_sleeping_child_outlives_its_parent_and_ends_with_the_input() {
    use crate::testing::{Child, argument_of_child, tell_parent, wait_for_parent};
    if argument_of_child().is_some() {
        for birth in [ChildBirth::Fork, ChildBirth::BareClone] {
            tell_parent(&sleeping_child(birth).unwrap().to_string());
        }
        wait_for_parent();
        return;
    }
    let mut parent = Child::start(
        "process::tests::a_sleeping_child_outlives_its_parent_and_ends_with_the_input",
        "",
    );
    let lives = [(); 2].map(|()| {
        let pid = parent.listen().unwrap().parse().unwrap();
        PeerProcess::open(pid).unwrap()
    });
    parent.signal(nix::sys::signal::Signal::SIGKILL);
    let end = PeerProcess::open(u32::try_from(parent.pid()).unwrap()).unwrap();
    wait_for_end(&end);
    assert!(lives.iter().all(|life| !life.is_dead().unwrap()));
    parent.let_go();
    lives.iter().for_each(wait_for_end);
}

fn wait_for_end(life: &PeerProcess) {
    let poller = Poller::create().unwrap();
    poller.add(life.source(), 1, Trigger::Level).unwrap();
    let ended = poller.wait(Some(Duration::from_secs(60)), &mut |_| {});
    assert_eq!(ended.unwrap(), 1);
}

// Fails if: `says_where` is always true.
#[test]
fn the_program_is_where_its_file_is() {
    let file = |path: &std::path::Path| std::fs::canonicalize(path).unwrap();
    let program = this_program().unwrap();
    assert!(program.is_absolute());
    assert_eq!(file(&program), file(&this_executable().unwrap()));
    for says_nothing in ["a", "./a", "../a", "/proc/self/exe", "/dev/fd/3"] {
        assert!(!says_where(std::path::Path::new(says_nothing)));
    }
    assert!(says_where(std::path::Path::new("/bin/a")));
}
