// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A peer that writes nonsense into its own memory loses its connection, and nobody else notices.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what fails in a helper fails the test"
)]

mod common;
#[path = "ports/stage.rs"]
mod port_stage;

use core::ops::Range;
use iceoryx2::{
    port::{
        DegradationAction, DegradationCause, DegradationInfo, ReceiveError,
        update_connections::ConnectionFailure,
    },
    prelude::*,
};
use port_stage::{Large, Stage};
use std::{
    fs::OpenOptions,
    os::unix::fs::FileExt,
    sync::{Arc, Mutex, PoisonError},
};

type S = ipc::Service;

/// Nobody else makes ports of this program meanwhile, so that new memory is the new port's.
static ALONE: Mutex<()> = Mutex::new(());

const ACTIONS: [DegradationAction; 3] = [
    DegradationAction::Ignore,
    DegradationAction::Warn,
    DegradationAction::DegradeAndFail,
];

/// Where this process may write to a port's memory.
fn writable(label: &str) -> Vec<Range<u64>> {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let of_port = |line: &&str| line.contains(label) && line.contains(" rw");
    maps.lines()
        .filter(of_port)
        .map(|line| {
            let (range, _) = line.split_once(' ').unwrap();
            let (start, end) = range.split_once('-').unwrap();
            let number = |text| u64::from_str_radix(text, 16).unwrap();
            number(start)..number(end)
        })
        .collect()
}

/// A new port, and where its memory is.
fn with_memory<P>(label: &str, make: impl FnOnce() -> P) -> (P, Range<u64>) {
    let before = writable(label);
    let port = make();
    let mut new = writable(label);
    new.retain(|range| !before.contains(range));
    assert_eq!(new.len(), 1, "{new:x?}");
    (port, new.remove(0))
}

/// Writes nonsense into everything but the port page's lines, which say that the port sleeps or closes.
fn corrupt(memory: &Range<u64>) {
    const PORT_PAGE: u64 = 256;
    let own = OpenOptions::new()
        .write(true)
        .open("/proc/self/mem")
        .unwrap();
    let len = usize::try_from(memory.end - memory.start - PORT_PAGE).unwrap();
    own.write_all_at(&vec![0xa5; len], memory.start + PORT_PAGE)
        .unwrap();
}

type Told = Arc<Mutex<Vec<(DegradationCause, DegradationInfo)>>>;

fn answering(
    told: &Told,
    action: DegradationAction,
) -> impl Fn(DegradationCause, &DegradationInfo) -> DegradationAction + Send + Sync + 'static {
    let told = Arc::clone(told);
    move |cause, info| {
        told.lock().unwrap().push((cause, *info));
        action
    }
}

fn assert_told(told: &Told, sender: u128, receiver: u128) {
    let told = told.lock().unwrap();
    let [(cause, info)] = told[..] else {
        panic!("told once: {told:?}")
    };
    assert_eq!(cause, DegradationCause::ConnectionCorrupted);
    assert_eq!(info.sender_port_id, sender);
    assert_eq!(info.receiver_port_id, receiver);
}

const CORRUPTED: ReceiveError =
    ReceiveError::ConnectionFailure(ConnectionFailure::ConnectionCorrupted);

// Fails if: `ClientState::expel` does not `degrade`.
#[test]
fn a_server_that_writes_nonsense_loses_its_connection_and_no_other_does() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for action in ACTIONS {
        let stage = Stage::<Large>::new();
        let told = Told::default();
        let client = stage
            .factory
            .client_builder()
            .set_response_degradation_handler(answering(&told, action))
            .create()
            .unwrap();
        let honest = stage.server();
        let (hostile, memory) = with_memory("iceoryx2-server", || stage.server());
        let pending = client.send_copy(Large::new(1)).unwrap();
        let requests = [&honest, &hostile].map(|server| server.receive().unwrap().unwrap());
        for request in &requests {
            request.send_copy(Large::new(2)).unwrap();
            assert_eq!(pending.receive().unwrap().unwrap().number(), 2);
        }
        corrupt(&memory);
        match pending.receive() {
            Err(error) if action == DegradationAction::DegradeAndFail => {
                assert_eq!(error, CORRUPTED);
            }
            other => assert!(other.unwrap().is_none()),
        }
        assert_told(&told, hostile.id().value(), client.id().value());
        requests[0].send_copy(Large::new(3)).unwrap();
        assert_eq!(pending.receive().unwrap().unwrap().number(), 3);
        let next = client.send_copy(Large::new(4)).unwrap();
        assert_eq!(next.number_of_server_connections(), 1);
    }
}

// Fails if: `ServerState::expel` does not `degrade`.
#[test]
fn a_client_that_writes_nonsense_loses_its_connection_and_no_other_does() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for action in ACTIONS {
        let stage = Stage::<Large>::new();
        let told = Told::default();
        let server = stage
            .factory
            .server_builder()
            .set_request_degradation_handler(answering(&told, action))
            .create()
            .unwrap();
        let honest = stage.client();
        let (hostile, memory) = with_memory("iceoryx2-client", || stage.client());
        for client in [&honest, &hostile] {
            drop(client.send_copy(Large::new(1)).unwrap());
            assert_eq!(server.receive().unwrap().unwrap().number(), 1);
        }
        corrupt(&memory);
        match server.receive() {
            Err(error) if action == DegradationAction::DegradeAndFail => {
                assert_eq!(error, CORRUPTED);
            }
            other => assert!(other.unwrap().is_none()),
        }
        assert_told(&told, hostile.id().value(), server.id().value());
        let pending = honest.send_copy(Large::new(2)).unwrap();
        let request = server.receive().unwrap().unwrap();
        request.send_copy(Large::new(3)).unwrap();
        assert_eq!(pending.receive().unwrap().unwrap().number(), 3);
    }
}
