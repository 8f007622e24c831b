// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What each kind of message offers, from the loan to the last borrow.

use super::{
    S,
    stage::{ActiveOf, Large, Stage},
};
use crate::common::{Root, name, node_of};
use iceoryx2::{
    port::{LoanError, ReceiveError, SendError},
    prelude::*,
    service::port_factory::request_response::PortFactory,
};

/// Fields are dropped in order.
struct Letters {
    factory: PortFactory<S, u64, u32, [u16], u8>,
    node: Node<S>,
    _root: Root,
}

/// A service of values that are answered by slices, both with user headers.
fn letters() -> Letters {
    let root = Root::new();
    let node = node_of::<S>(&root.config());
    let factory = node
        .service_builder(&name("letters"))
        .request_response::<u64, [u16]>()
        .request_user_header::<u32>()
        .response_user_header::<u8>()
        .create()
        .unwrap();
    Letters {
        factory,
        node,
        _root: root,
    }
}

// Fails if: `Borrowed::new` looks for the payload where the header is.
#[test]
fn a_request_is_read_and_written_from_the_loan_on() {
    let letters = letters();
    let client = letters.factory.client_builder().create().unwrap();
    let server = letters.factory.server_builder().create().unwrap();

    let mut empty = client.loan_uninit().unwrap();
    assert_eq!(empty.header().client_id(), client.id());
    *empty.user_header_mut() = 5;
    assert_eq!(*empty.user_header(), 5);
    empty.payload_mut().write(6);
    let _: &core::mem::MaybeUninit<u64> = empty.payload();
    #[expect(unsafe_code, reason = "that is what is tested")]
    // SAFETY: written just above.
    let mut request = unsafe { empty.assume_init() };
    assert_eq!((*request.user_header(), *request.payload()), (5, 6));
    *request.payload_mut() += 1;
    *request += 1;
    *request.user_header_mut() += 1;
    assert_eq!(request.header().node_id(), letters.node.id());

    let pending = request.send().unwrap();
    assert_eq!((*pending.user_header(), *pending.payload()), (6, 8));
    assert_eq!(*pending, 8);
    let active = server.receive().unwrap().unwrap();
    assert_eq!((*active.user_header(), *active.payload()), (6, 8));
    assert_eq!((*active, active.origin()), (8, client.id()));
    assert_eq!(active.header().number_of_elements(), 1);
}

// Fails if: `write_from_fn` asks for the first element each time.
#[test]
fn a_response_is_read_and_written_from_the_loan_on() {
    let letters = letters();
    let client = letters.factory.client_builder().create().unwrap();
    let server = letters.factory.server_builder().create().unwrap();
    let pending = client.send_copy(1).unwrap();
    let active = server.receive().unwrap().unwrap();

    let mut empty = active.loan_slice_uninit(3).unwrap();
    assert_eq!(empty.header().server_id(), server.id());
    assert_eq!(empty.header().number_of_elements(), 3);
    assert_eq!(empty.payload().len(), 3);
    *empty.user_header_mut() = 7;
    assert_eq!(*empty.user_header(), 7);
    let mut response = empty.write_from_fn(|index| u16::try_from(index).unwrap() + 10);
    assert_eq!(
        (*response.user_header(), response.payload()),
        (7, &[10, 11, 12][..])
    );
    response[1] = 20;
    response.payload_mut()[2] = 30;
    *response.user_header_mut() = 8;
    response.send().unwrap();

    let response = pending.receive().unwrap().unwrap();
    assert_eq!(
        (*response.user_header(), response.payload()),
        (8, &[10, 20, 30][..])
    );
    assert_eq!((response[1], response.origin()), (20, server.id()));
    assert_eq!(response.header().node_id(), letters.node.id());
    assert_eq!(response.header().number_of_elements(), 3);
}

// Fails if: `loan_slice` writes nothing.
#[test]
fn a_slice_that_is_loaned_ready_to_send_has_default_elements() {
    let stage = Stage::<[u64]>::new();
    let (client, server) = (stage.client(), stage.server());
    for len in [0, 1, 5] {
        for round in 0..40 {
            let mut used = client.loan_slice(len).unwrap();
            assert!(used.iter().all(|element| *element == 0), "round {round}");
            used.fill(u64::MAX);
            let pending = used.send().unwrap();
            let active = server.receive().unwrap().unwrap();
            assert_eq!(active.len(), len);
            let mut used = active.loan_slice(len).unwrap();
            assert!(used.iter().all(|element| *element == 0), "round {round}");
            used.fill(u64::MAX);
            used.send().unwrap();
            assert_eq!(pending.receive().unwrap().unwrap().len(), len);
        }
    }
}

// Fails if: `Loaned::cast` of slices takes one element.
#[test]
fn a_slice_may_be_written_in_place() {
    let stage = Stage::<[u32]>::new();
    let (client, server) = (stage.client(), stage.server());
    let mut empty = client.loan_slice_uninit(4).unwrap();
    for (place, value) in empty.payload_mut().iter_mut().zip(1..) {
        place.write(value);
    }
    #[expect(unsafe_code, reason = "that is what is tested")]
    // SAFETY: all four were written just above.
    let pending = unsafe { empty.assume_init() }.send().unwrap();
    assert_eq!(*pending, [1, 2, 3, 4]);
    let active = server.receive().unwrap().unwrap();
    assert_eq!(*active, [1, 2, 3, 4]);
    let mut empty = active.loan_slice_uninit(2).unwrap();
    empty.payload_mut()[0].write(5);
    empty.payload_mut()[1].write(6);
    #[expect(unsafe_code, reason = "as above")]
    // SAFETY: as above.
    unsafe { empty.assume_init() }.send().unwrap();
    assert_eq!(*pending.receive().unwrap().unwrap(), [5, 6]);
}

// Fails if: `begin` takes a slot whose responses are still held.
#[test]
fn responses_count_against_their_slot_after_their_request_is_gone() {
    let stage = Stage::<Large>::with(|builder| {
        builder
            .max_active_requests_per_client(1)
            .max_borrowed_responses_per_pending_response(2)
    });
    let (client, server) = (stage.client(), stage.server());
    let ask = || {
        let pending = client.send_copy(Large::new(0)).unwrap();
        let active = server.receive().unwrap().unwrap();
        active.send_copy(Large::new(1)).unwrap();
        active.send_copy(Large::new(2)).unwrap();
        pending
    };
    let slots = 2;
    let mut held = Vec::new();
    for _ in 0..slots {
        let pending = ask();
        held.extend((0..2).map(|_| pending.receive().unwrap().unwrap()));
    }
    let pending = ask();
    assert_eq!(
        pending.receive().unwrap_err(),
        ReceiveError::ExceedsMaxBorrows
    );
    assert!(
        held.iter()
            .all(|response| (1..=2).contains(&response.number()))
    );
    held.clear();
    assert_eq!(pending.receive().unwrap().unwrap().number(), 1);
}

// Fails if: `ClientConnection::bury` does not `give_half`.
#[test]
fn what_the_gone_still_hold_does_not_count_against_a_newcomer() {
    let stage = Stage::<Large>::with(|builder| {
        builder
            .max_clients(1)
            .max_active_requests_per_client(2)
            .max_borrowed_responses_per_pending_response(1)
    });
    let server = stage.server();
    let mut held: Vec<ActiveOf<Large>> = Vec::new();
    for round in 0..20 {
        let client = stage.client();
        let pending = [0, 1].map(|n| client.send_copy(Large::new(round + n)).unwrap());
        for n in 0..2 {
            let active = server.receive().unwrap().unwrap();
            assert_eq!(active.number(), round + n);
            let loans: Vec<_> = (0..2).map(|_| active.loan_uninit().unwrap()).collect();
            drop(loans);
            active.send_copy(Large::new(round)).unwrap();
            held.push(active);
        }
        let response = pending[0].receive().unwrap().unwrap();
        assert_eq!(response.number(), round);
    }
    assert!(held.iter().all(|active| !active.is_connected()));
}

// Fails if: `ServerConnection::bury` does not `give_half`.
#[test]
fn what_a_server_that_is_gone_left_does_not_count_against_the_next() {
    let stage = Stage::<Large>::with(|builder| builder.max_servers(1));
    let client = stage.client();
    let mut held = Vec::new();
    for round in 0..20 {
        let server = stage.server();
        let pending = client.send_copy(Large::new(round)).unwrap();
        let active = server.receive().unwrap().unwrap();
        active.send_copy(Large::new(round)).unwrap();
        active.send_copy(Large::new(round + 1)).unwrap();
        held.push((
            pending.receive().unwrap().unwrap(),
            pending.receive().unwrap().unwrap(),
        ));
    }
    for (round, (first, second)) in (0..).zip(&held) {
        assert_eq!((first.number(), second.number()), (round, round + 1));
    }
}

// Fails if: `ServerState::respond` takes it for a failure that nobody listens.
#[test]
fn sending_a_response_is_ok_whoever_listens() {
    let stage = Stage::<Large>::with(|builder| builder.enable_safe_overflow_for_responses(false));
    let server = stage.server();
    let client = stage.client();
    let pending = client.send_copy(Large::new(1)).unwrap();
    let active = server.receive().unwrap().unwrap();
    drop(pending);
    for n in 0..100 {
        assert_eq!(active.send_copy(Large::new(n)), Ok::<(), SendError>(()));
    }
    drop(client);
    for n in 0..100 {
        assert_eq!(active.send_copy(Large::new(n)), Ok(()));
    }
    let loans: Vec<_> = (0..2).map(|_| active.loan_uninit().unwrap()).collect();
    assert_eq!(
        active.loan_uninit().unwrap_err(),
        LoanError::ExceedsMaxLoans
    );
    for loan in loans {
        assert_eq!(loan.write_payload(Large::new(0)).send(), Ok(()));
    }
}
