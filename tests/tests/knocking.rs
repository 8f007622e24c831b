// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A new client knocks at its servers' doors before it makes its memory. Meanwhile servers come, go and die.

#![cfg(any(debug_assertions, iceoryx2_hooks))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what fails in a helper fails the test"
)]

mod common;

use common::{server, stage};
use iceoryx2::{
    pending_response::PendingResponse,
    port::{DegradationAction, Outcome, WaitError, client::Client},
    prelude::*,
    service::port_factory::request_response::PortFactory,
};
use iceoryx2_bb_elementary::hooks::{self, Observer, Operation};
use iceoryx2_tests::{
    load::{Load, Said, Small},
    stage::{Stage, quiet_node},
};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

type Factory<S> = PortFactory<S, Small, (), Small, ()>;
type ClientOf<S> = Client<S, Small, (), Small, ()>;
type PendingOf<S> = PendingResponse<S, Small, (), Small, ()>;

thread_local! {
    /// What happens next between a knock and the client's memory.
    static INTERLUDE: RefCell<Option<Box<dyn FnOnce()>>> = const { RefCell::new(None) };
    /// How often this thread has connected.
    static CONNECTS: Cell<u32> = const { Cell::new(0) };
}

#[derive(Debug)]
struct Director;

impl Observer for Director {
    fn before_call(&self, name: &'static str) -> Option<i32> {
        if name == "connect" {
            let _ = CONNECTS.try_with(|connects| connects.set(connects.get() + 1));
        }
        None
    }

    fn leave(&self, operation: Operation) {
        if operation == Operation::Connect {
            let interlude = INTERLUDE.try_with(RefCell::take);
            if let Ok(Some(interlude)) = interlude {
                interlude();
            }
        }
    }
}

/// A client that `interlude` happens to as soon as it has knocked.
fn knock<S: Service>(stage: &Stage, interlude: impl FnOnce(&Factory<S>) + 'static) -> ClientOf<S> {
    hooks::observe(&Director);
    let factory: Factory<S> = quiet_node::<S>(&stage.config())
        .service_builder(&"played".try_into().unwrap())
        .request_response()
        .open()
        .unwrap();
    let clone = factory.clone();
    INTERLUDE.set(Some(Box::new(move || interlude(&clone))));
    let client = factory
        .client_builder()
        .set_request_degradation_handler(|cause, info| -> DegradationAction {
            panic!("{cause:?}: {info:?}")
        })
        .create()
        .unwrap();
    assert!(INTERLUDE.take().is_none(), "nobody knocked");
    client
}

fn send<S: Service>(client: &ClientOf<S>) -> PendingOf<S> {
    let said = Said {
        client: 0,
        request: 1,
        number: 1,
    };
    client.send_copy(Small::of(said)).unwrap()
}

// Fails if: `Knock::at_all` reads the hint after the servers.
#[test]
fn who_comes_after_the_knock_is_reached_with_the_first_request() {
    let stage = stage();
    let first = server(&stage, "puppet-small", "service");
    let second = Rc::new(RefCell::new(None));
    let place = Rc::clone(&second);
    let client = knock::<ipc::Service>(&stage, move |factory| {
        *place.borrow_mut() = Some(factory.server_builder().create().unwrap());
    });
    let pending = send(&client);
    assert_eq!(pending.number_of_server_connections(), 2);
    let taken = second.borrow().as_ref().unwrap().blocking_receive();
    assert!(taken.unwrap().payload().said().is_some());
    drop((pending, client, second));
    first.finish();
    stage.assert_nothing_left();
}

// Fails if: `Unreached::Gone` is reported as a degradation.
#[test]
fn who_goes_after_the_knock_is_no_server_and_no_failure() {
    let stage = stage();
    let mut first = server(&stage, "puppet-small", "service");
    let client = knock::<ipc::Service>(&stage, move |_| {
        first.expect("drop-server", "ok");
        first.finish();
    });
    let pending = send(&client);
    assert_eq!(pending.number_of_server_connections(), 0);
    let ended = pending.blocking_receive().unwrap_err();
    assert!(matches!(ended, WaitError::Ended(Outcome::NoServer)));
    drop((pending, client));
    stage.assert_nothing_left();
}

fn die_after_the_knock<S: Service>(counts_first: bool) -> Outcome {
    let stage = stage();
    let dying = Rc::new(RefCell::new(server(&stage, "puppet-small", "service")));
    let child = dying.borrow_mut().ask("bare-clone");
    let victim = Rc::clone(&dying);
    CONNECTS.set(0);
    let client = knock::<S>(&stage, move |_| victim.borrow_mut().kill());
    if counts_first {
        let servers = client.wait_for_servers(1, Duration::from_millis(30));
        assert!(matches!(servers, Err(WaitError::Timeout)));
    }
    let pending = send(&client);
    let ended = pending.blocking_receive().unwrap_err();
    let WaitError::Ended(outcome) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(CONNECTS.get(), 1);
    dying.borrow_mut().release_child(&child);
    drop((pending, client));
    stage.assert_cleared_after(1);
    outcome
}

/// Its child keeps duplicates of its socket, which takes what is introduced, and of its lock.
// Fails if: `bury_dead` notes nobody, or `number_of_servers` does not look.
#[test]
fn who_dies_after_the_knock_is_found_out_before_anybody_relies_on_it() {
    let died = Outcome::ServerDied {
        taken: false,
        received: 0,
    };
    assert_eq!(die_after_the_knock::<ipc::Service>(false), died);
    assert_eq!(die_after_the_knock::<ipc::Service>(true), Outcome::NoServer);
    for counts_first in [false, true] {
        assert_eq!(
            die_after_the_knock::<ipc_threadsafe::Service>(counts_first),
            Outcome::NoServer
        );
    }
}
