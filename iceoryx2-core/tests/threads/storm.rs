// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Threads that do whatever threads do with shared ports: nothing is lost, nothing comes twice, nobody is left waiting.

use super::{
    S,
    stage::{ClientOf, Dice, ServerOf, Stage},
};
use crate::watchdog::Watchdog;
use core::time::Duration;
use iceoryx2::{pending_response::PendingResponse, port::WaitError};
use std::{sync::Mutex, thread};

const ASKING: usize = 4;
const ANSWERING: u64 = 4;
const CALLS: u64 = 120;
const STOP: u64 = u64::MAX;

/// Fails if: `wake_ready` is left out; `Drop for Seat` rings nobody; `look` does not stir (now and then).
#[test]
fn every_call_is_answered_once_whatever_threads_do() {
    let _watchdog = Watchdog::new("a storm of threads");
    for seed in 0..6 {
        weather(seed);
    }
}

fn weather(seed: u64) {
    let stage = Stage::<u64>::with(|builder| {
        builder
            .max_active_requests_per_client(2 * ASKING)
            .max_loaned_requests(ASKING)
    });
    let (client, server) = (stage.client(), stage.server());
    let answered = Mutex::new(0);
    thread::scope(|scope| {
        for thread in 0..ANSWERING {
            let (server, answered) = (&server, &answered);
            scope.spawn(move || answer(server, answered, Dice::new(seed * 64 + thread)));
        }
        let asking: Vec<_> = (0..ASKING as u64)
            .map(|thread| {
                let client = &client;
                scope.spawn(move || ask(client, thread * CALLS, Dice::new(seed * 64 + 32 + thread)))
            })
            .collect();
        asking.into_iter().for_each(|it| it.join().unwrap());
        for _ in 0..ANSWERING {
            drop(client.send_copy(STOP).unwrap().blocking_receive());
        }
    });
    assert_eq!(
        answered.into_inner().unwrap(),
        ASKING as u64 * CALLS,
        "seed {seed}"
    );
}

fn ask(client: &ClientOf<u64>, first: u64, mut dice: Dice) {
    for number in first..first + CALLS {
        let pending = client.send_copy(number).unwrap();
        if dice.roll(8) == 0 {
            // Another thread takes the wait over.
            thread::scope(|scope| {
                scope.spawn(move || await_answer(&pending, number, &mut Dice::new(number)));
            });
        } else {
            await_answer(&pending, number, &mut dice);
        }
    }
}

fn await_answer(pending: &PendingResponse<S, u64, (), u64, ()>, number: u64, dice: &mut Dice) {
    let response = loop {
        match dice.roll(4) {
            0 => {
                if let Some(response) = pending.receive().unwrap() {
                    break response;
                }
                thread::yield_now();
            }
            1 => match pending.timed_receive(Duration::from_micros(dice.roll(300) as u64)) {
                Ok(response) => break response,
                Err(error) => assert_eq!(error, WaitError::Timeout),
            },
            _ => break pending.blocking_receive().unwrap(),
        }
    };
    assert_eq!(*response, number + 1);
    assert!(pending.receive().unwrap().is_none());
}

fn answer(server: &ServerOf<u64>, answered: &Mutex<u64>, mut dice: Dice) {
    loop {
        let request = match dice.roll(4) {
            0 => match server.receive().unwrap() {
                Some(request) => request,
                None => continue,
            },
            1 => match server.timed_receive(Duration::from_micros(dice.roll(300) as u64)) {
                Ok(request) => request,
                Err(error) => {
                    assert_eq!(error, WaitError::Timeout);
                    continue;
                }
            },
            _ => server.blocking_receive().unwrap(),
        };
        if *request == STOP {
            return;
        }
        if dice.roll(3) == 0 {
            thread::sleep(Duration::from_micros(dice.roll(200) as u64));
        }
        *answered.lock().unwrap() += 1;
        request.send_copy(*request + 1).unwrap();
    }
}
