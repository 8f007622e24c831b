// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What only shows between processes. A case runs this test binary again with an argument and is its own child then.

#![expect(
    clippy::disallowed_types,
    reason = "private to this process, no loom model needed"
)]

use super::*;
use crate::{
    membership::RECORD_PAYLOAD,
    static_storage::{StaticStorage, test_place::TestPlace},
};
use core::sync::atomic::{AtomicU32, Ordering};
use iceoryx2_bb_elementary::hooks::{self, Observer};
use iceoryx2_bb_posix::process::{Signal, in_forked_child, send_signal};
use std::{
    env,
    io::Read,
    path::Path,
    process::{Child, Command, Stdio},
};

const NAME: &str = "members";
const PLACE: &str = "IOX2_TEST_PLACE";
const ORDER: &str = "IOX2_TEST_ORDER";

fn record(content: u8) -> Record {
    [content; RECORD_PAYLOAD]
}

fn open(place: &Path) -> ByteLocks {
    let storage = <Directory as StaticStorage>::open(place).unwrap();
    <ByteLocks as Membership>::open(&storage, NAME)
        .unwrap()
        .unwrap()
}

fn create(place: &TestPlace<Directory>) -> ByteLocks {
    let storage = <Directory as StaticStorage>::open(place.path()).unwrap();
    <ByteLocks as Membership>::create(&storage, NAME, 4).unwrap()
}

/// Runs the test `case` again, as a child with an order.
fn start(case: &str, place: &TestPlace<Directory>, order: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            &format!("membership::byte_locks::tests::{case}"),
            "--nocapture",
        ])
        .env(PLACE, place.path())
        .env(ORDER, order)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// In a child: its membership and its order.
fn orders() -> Option<(ByteLocks, String)> {
    Some((open(Path::new(&env::var_os(PLACE)?)), env::var(ORDER).ok()?))
}

/// Tells the parent, and waits for it.
fn tell_and_wait(line: &str) {
    println!("\n>{line}<");
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

fn listen(child: &mut Child) -> String {
    let mut told = Vec::new();
    let mut byte = [0];
    while told.last() != Some(&b'<') {
        assert_eq!(
            child.stdout.as_mut().unwrap().read(&mut byte).unwrap(),
            1,
            "the child is gone"
        );
        told.push(byte[0]);
    }
    let told = String::from_utf8(told).unwrap();
    told.rsplit_once('>')
        .unwrap()
        .1
        .trim_end_matches('<')
        .to_owned()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_killed_member_is_dead_until_cleared() {
    if let Some((member, _)) = orders() {
        tell_and_wait(&format!("{:?}", member.claim(0..4, &record(7)).unwrap()));
        return;
    }
    let place = TestPlace::<Directory>::new();
    let observer = create(&place);
    let mut child = start("a_killed_member_is_dead_until_cleared", &place, "");
    assert_eq!(listen(&mut child), "Some(0)");
    assert_eq!(observer.slot(0).unwrap(), Slot::Alive(Box::new(record(7))));
    kill(child);

    assert_eq!(observer.slot(0).unwrap(), Slot::Dead(Box::new(record(7))));
    assert_eq!(observer.count(0..4).unwrap(), 0);
    assert_eq!(observer.dead(0..4).unwrap(), [0]);
    assert_eq!(observer.living(0..4).unwrap(), []);
    observer.clear_dead(0).unwrap();
    assert_eq!(observer.slot(0).unwrap(), Slot::Free);
}

#[test]
fn the_next_member_takes_a_dead_ones_place_at_once() {
    if let Some((member, _)) = orders() {
        tell_and_wait(&format!("{:?}", member.claim(0..1, &record(1)).unwrap()));
        return;
    }
    let place = TestPlace::<Directory>::new();
    let next = create(&place);
    for _ in 0..10 {
        let mut child = start(
            "the_next_member_takes_a_dead_ones_place_at_once",
            &place,
            "",
        );
        assert_eq!(listen(&mut child), "Some(0)");
        assert_eq!(next.claim(0..1, &record(2)).unwrap(), None);
        kill(child);
        assert_eq!(next.claim(0..1, &record(2)).unwrap(), Some(0));
        next.release(0);
    }
}

#[test]
fn exactly_as_many_processes_win_as_there_are_slots() {
    if let Some((member, _)) = orders() {
        tell_and_wait("ready");
        let won = member.claim(0..5, &record(1)).unwrap();
        // WHY: the end of the input let us go; what ends us is the parent.
        println!("\n>{won:?}<");
        loop {
            std::thread::park();
        }
    }
    let place = TestPlace::<Directory>::new();
    let observer = create(&place);
    let case = "exactly_as_many_processes_win_as_there_are_slots";
    let mut children: Vec<Child> = (0..16).map(|_| start(case, &place, "")).collect();
    children
        .iter_mut()
        .for_each(|child| assert_eq!(listen(child), "ready"));
    children
        .iter_mut()
        .for_each(|child| drop(child.stdin.take()));
    let mut told: Vec<String> = children.iter_mut().map(listen).collect();
    told.sort();
    let mut expected = vec!["None".to_owned(); 11];
    expected.extend((0..5).map(|slot| format!("Some({slot})")));
    assert_eq!(told, expected);
    assert_eq!(observer.count(0..5).unwrap(), 5);
    children.into_iter().for_each(kill);
    assert_eq!(observer.count(0..5).unwrap(), 0);
}

#[test]
fn a_forked_child_holds_and_changes_nothing() {
    let place = TestPlace::<Directory>::new();
    let observer = create(&place);
    let member = open(place.path());
    member.claim(0..4, &record(1)).unwrap();
    let mut copy = Some(member);
    let fine = in_forked_child(|| {
        let Some(member) = copy.take() else {
            return false;
        };
        member.release(0);
        member.slot(0).is_err() && member.claim(0..4, &record(2)).is_err()
    });
    assert_eq!(fine, Ok(true));
    assert_eq!(observer.slot(0).unwrap(), Slot::Alive(Box::new(record(1))));
    drop(copy);
    assert_eq!(observer.slot(0).unwrap(), Slot::Free);
}

#[test]
fn who_may_only_read_sees_all_the_same() {
    let place = TestPlace::<Directory>::new();
    let member = create(&place);
    member.claim(0..4, &record(1)).unwrap();
    let storage = <Directory as StaticStorage>::open(place.path()).unwrap();
    let file = LockFile::open_read_only(&storage, NAME).unwrap().unwrap();
    let observer = ByteLocks::new(file, false, &storage, NAME);
    assert_eq!(observer.slot(0).unwrap(), Slot::Alive(Box::new(record(1))));
    assert_eq!(observer.count(0..4).unwrap(), 1);
    assert!(observer.clear_dead(0).is_err());
}

/// Kills the process right before one of its system calls, or right after one of its stores.
#[derive(Debug)]
struct KillBefore(AtomicU32);

/// What is added to the number of a store, to tell it from that of a call.
const STORE: u32 = 1 << 16;

static KILL: KillBefore = KillBefore(AtomicU32::new(0));

impl Observer for KillBefore {
    fn before_call(&self, _: &'static str) -> Option<i32> {
        let is_aimed = (1..STORE).contains(&self.0.load(Ordering::SeqCst));
        if is_aimed && self.0.fetch_sub(1, Ordering::SeqCst) == 1 {
            send_signal(std::process::id(), Signal::Kill).unwrap();
        }
        None
    }

    fn after_store(&self) {
        let is_aimed = self.0.load(Ordering::SeqCst) > STORE;
        if is_aimed && self.0.fetch_sub(1, Ordering::SeqCst) == STORE + 1 {
            send_signal(std::process::id(), Signal::Kill).unwrap();
        }
    }
}

#[test]
fn a_kill_at_any_system_call_leaves_a_free_slot_and_an_intact_record_or_none() {
    if !hooks::PRESENT {
        return;
    }
    if let Some((member, order)) = orders() {
        let (operation, call) = order.split_once(' ').unwrap();
        hooks::observe(&KILL);
        let arm = || KILL.0.store(call.parse().unwrap(), Ordering::SeqCst);
        match operation {
            "claim" => {
                arm();
                member.claim(0..1, &record(7)).unwrap();
            }
            "release" => {
                member.claim(0..1, &record(7)).unwrap();
                arm();
                member.release(0);
            }
            _ => {
                arm();
                member.clear_dead(0).unwrap();
            }
        }
        KILL.0.store(0, Ordering::SeqCst);
        return;
    }
    let case = "a_kill_at_any_system_call_leaves_a_free_slot_and_an_intact_record_or_none";
    let (before, ours) = (
        Slot::Dead(Box::new(record(3))),
        Slot::Dead(Box::new(record(7))),
    );
    let operations = ["claim", "release", "clear"];
    let aims = operations.map(|operation| (operation, 0)).into_iter();
    let stores = ["claim", "release"].map(|operation| (operation, STORE));
    for (operation, begin) in aims.chain(stores) {
        let mut call = begin + 1;
        loop {
            let place = TestPlace::<Directory>::new();
            let observer = create(&place);
            leave_dead_record(&observer, &record(3));
            let mut child = start(case, &place, &format!("{operation} {call}"));
            let finished = child.wait().unwrap().success();

            let slot = observer.slot(0).unwrap();
            let legal = if operation == "clear" { &before } else { &ours };
            assert!(
                slot == Slot::Free || slot == *legal || (operation == "claim" && slot == before),
                "{operation}, call {call}: {slot:?}"
            );
            assert_eq!(observer.claim(0..1, &record(9)).unwrap(), Some(0));
            if finished {
                break;
            }
            // WHY: of the stores of a record those in the middle are all alike.
            let is_in_the_middle = (STORE + 4..STORE + 60).contains(&call);
            call += if is_in_the_middle { 19 } else { 1 };
        }
        assert!(call > begin + 1, "{operation} made no system calls");
    }
}

// Fails if: `show_if_unused` shows always, and `is_known_to_have_record` is always false.
#[test]
fn a_dead_members_slot_is_taken_by_who_takes_any_and_last() {
    let place = TestPlace::<Directory>::new();
    let dead = Slot::Dead(Box::new(record(3)));
    let observer = create(&place);
    leave_dead_record(&observer, &record(3));
    // WHY: one knows the record before it claims, the other finds it afterwards.
    let (knows, finds) = (open(place.path()), open(place.path()));
    assert_eq!(knows.slot(0).unwrap(), dead);
    for member in [&knows, &finds] {
        assert_eq!(member.claim_unused(0..1, &record(1)).unwrap(), None);
        assert_eq!(observer.slot(0).unwrap(), dead);
        assert_eq!(observer.count(0..4).unwrap(), 0);
    }
    assert_eq!(knows.claim_unused(0..4, &record(1)).unwrap(), Some(1));
    assert_eq!(knows.claim(0..3, &record(1)).unwrap(), Some(2));
    assert_eq!(knows.claim(0..3, &record(1)).unwrap(), Some(0));
    assert_eq!(observer.dead(0..4).unwrap(), []);
}

/// What a member leaves that was killed.
fn leave_dead_record(observer: &ByteLocks, record: &Record) {
    observer
        .file
        .write_at(record_of(0), &layout::seal(record))
        .unwrap();
    assert_eq!(observer.slot(0).unwrap(), Slot::Dead(Box::new(*record)));
}
