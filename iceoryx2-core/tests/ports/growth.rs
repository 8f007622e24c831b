// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Slices longer than any before: memory grows, whoever holds what of the older.

use super::stage::{ClientOf, Dice, Factory, LONG, PendingOf, ServerOf, Stage, eventually};
use core::time::Duration;
use iceoryx2::{
    active_request::ActiveRequest,
    port::{
        LoanError, Outcome, allocation_strategy::AllocationStrategy,
        backpressure_strategy::BackpressureStrategy,
    },
};
use std::collections::BTreeSet;

type Words = [u64];
type Pending = PendingOf<Words>;
type Active = ActiveRequest<super::S, Words, (), Words, ()>;

const GROWING: [AllocationStrategy; 2] =
    [AllocationStrategy::BestFit, AllocationStrategy::PowerOfTwo];

/// Elements that are written and checked of a long slice: those at both ends and some between.
fn places(len: usize) -> impl Iterator<Item = usize> {
    let step = (len / 64).max(1);
    (0..len).step_by(step).chain(len.checked_sub(1))
}

fn word(n: usize, index: usize) -> u64 {
    (n as u64) << 40 ^ index as u64
}

/// Writes slice number `n`.
fn fill(slice: &mut Words, n: usize) {
    places(slice.len()).for_each(|index| slice[index] = word(n, index));
}

fn assert_filled(slice: &Words, n: usize, len: usize) {
    assert_eq!(slice.len(), len);
    places(len).for_each(|index| assert_eq!(slice[index], word(n, index), "{n}: {index} of {len}"));
}

fn client(factory: &Factory<Words>, strategy: AllocationStrategy) -> ClientOf<Words> {
    let builder = factory.client_builder().allocation_strategy(strategy);
    builder.create().unwrap()
}

fn server(factory: &Factory<Words>, strategy: AllocationStrategy) -> ServerOf<Words> {
    let builder = factory.server_builder().allocation_strategy(strategy);
    builder.create().unwrap()
}

/// Memory nobody has written, which costs what is touched of it.
fn send(client: &ClientOf<Words>, n: usize, len: usize) -> Pending {
    let loan = client.loan_slice_uninit(len).unwrap();
    // SAFETY: every bit pattern is a number, and shared memory begins as zeroes.
    #[expect(unsafe_code, reason = "a long slice is not written in full")]
    let mut request = unsafe { loan.assume_init() };
    fill(&mut request, n);
    request.send().unwrap()
}

fn respond(request: &Active, n: usize, len: usize) {
    let loan = request.loan_slice_uninit(len).unwrap();
    // SAFETY: every bit pattern is a number, and shared memory begins as zeroes.
    #[expect(unsafe_code, reason = "a long slice is not written in full")]
    let mut response = unsafe { loan.assume_init() };
    fill(&mut response, n);
    response.send().unwrap();
}

/// There and back, with slices of these lengths.
fn travel(client: &ClientOf<Words>, server: &ServerOf<Words>, n: usize, there: usize, back: usize) {
    let pending = send(client, n, there);
    let request = server.receive().unwrap().unwrap();
    assert_filled(&request, n, there);
    respond(&request, n + 1, back);
    let response = pending.receive().unwrap().unwrap();
    assert_filled(&response, n + 1, back);
    assert_filled(&pending, n, there);
}

// Fails if: `Classes::fitting` takes chunks that are too small.
#[test]
fn slices_may_be_longer_than_any_before_and_shorter_again() {
    for strategy in GROWING {
        let stage = Stage::<Words>::new();
        let client = client(&stage.factory, strategy);
        let server = server(&stage.factory, strategy);
        let lengths = [
            1, 0, 2, 9, 100, 1_000, 8_191, 8_192, 8_193, 131_072, 3, 8_192, 0, 70,
        ];
        for (n, len) in (0..).zip(lengths) {
            travel(&client, &server, n, len, lengths[lengths.len() - 1 - n]);
        }
    }
}

// Fails if: `Announced::knows` compares no generation.
#[test]
fn a_port_may_grow_any_number_of_times() {
    for strategy in GROWING {
        let stage = Stage::<Words>::new();
        let client = client(&stage.factory, strategy);
        let server = server(&stage.factory, strategy);
        for n in 0..1_000 {
            let len = 8 * n;
            travel(&client, &server, n, len, len + 1);
        }
    }
}

// Fails if: `Announced::knows` compares no generation.
#[test]
fn growth_disturbs_no_loan_and_no_borrow_of_older_memory() {
    for strategy in GROWING {
        let stage = Stage::<Words>::with(|builder| {
            builder
                .max_active_requests_per_client(8)
                .max_loaned_requests(4)
                .max_response_buffer_size(4)
                .max_borrowed_responses_per_pending_response(4)
        });
        let client = client(&stage.factory, strategy);
        let server = server(&stage.factory, strategy);
        let lengths = [3, 40, 700, 9_000, 20_000, 50_000];
        let mut held = Vec::new();
        let mut loans = Vec::new();
        for (n, len) in (1..).zip(lengths) {
            if loans.len() < 3 {
                let mut loan = client.loan_slice(len).unwrap();
                fill(&mut loan, 100 + n);
                loans.push((loan, n, len));
            }
            let pending = send(&client, n, len);
            let request = server.receive().unwrap().unwrap();
            let mut answer = request.loan_slice(2 * len).unwrap();
            fill(&mut answer, 200 + n);
            respond(&request, n + 1, len + 1);
            let response = pending.receive().unwrap().unwrap();
            held.push((n, len, pending, request, response, answer));
        }
        for (n, len, pending, request, response, answer) in held {
            assert_filled(&request, n, len);
            assert_filled(&pending, n, len);
            assert_filled(&response, n + 1, len + 1);
            answer.send().unwrap();
            let response = pending.receive().unwrap().unwrap();
            assert_filled(&response, 200 + n, 2 * len);
        }
        for (loan, n, len) in loans {
            let pending = loan.send().unwrap();
            assert_filled(&pending, 100 + n, len);
            assert_filled(&server.receive().unwrap().unwrap(), 100 + n, len);
        }
    }
}

// Fails if: `send` announces nothing to a server that has not answered.
#[test]
fn a_server_that_joins_late_reads_old_and_new_memory() {
    let stage = Stage::<Words>::new();
    let client = client(&stage.factory, AllocationStrategy::PowerOfTwo);
    let first = stage.server();
    let older = send(&client, 1, 5_000);
    drop(first.receive().unwrap().unwrap());
    drop(older);
    let second = stage.server();
    // The first is what was made before the second server came.
    for (n, len) in [(2, 5_000), (3, 20_000), (4, 6_000)] {
        let pending = send(&client, n, len);
        assert_eq!(pending.number_of_server_connections(), 2);
        for server in [&first, &second] {
            let request = server.receive().unwrap().unwrap();
            assert_filled(&request, n, len);
            respond(&request, n + 10, len / 2);
        }
        for _ in 0..2 {
            assert_filled(&pending.receive().unwrap().unwrap(), n + 10, len / 2);
        }
    }
}

// Fails if: `take_from_new_memory` does not listen.
#[test]
fn a_client_that_joins_late_reads_old_and_new_memory() {
    let stage = Stage::<Words>::new();
    let server = server(&stage.factory, AllocationStrategy::PowerOfTwo);
    let first = stage.client();
    travel(&first, &server, 1, 2, 5_000);
    let second = stage.client();
    for n in 2..20 {
        travel(&second, &server, n, 1, 5_000);
        travel(&first, &server, n, 100, 5_000 * n);
    }
}

// Fails if: `send` announces nothing to a server that has not answered.
#[test]
fn what_was_sent_in_new_memory_before_the_answer_arrives() {
    let stage = Stage::<Words>::new();
    let server = stage.server();
    let client = stage.client();
    let pending: Vec<_> = (1..=4).map(|n| send(&client, n, 3_000 * n)).collect();
    for (n, pending) in (1..).zip(&pending) {
        let request = server.receive().unwrap().unwrap();
        assert_filled(&request, n, 3_000 * n);
        respond(&request, n, 7_000 * n);
        assert_filled(&pending.receive().unwrap().unwrap(), n, 7_000 * n);
    }
}

// Fails if: `Responder::rescue` knows the base alone.
#[test]
fn a_client_that_is_gone_leaves_what_it_sent_in_new_memory() {
    let stage = Stage::<Words>::new();
    let server = stage.server();
    let client = stage.client();
    travel(&client, &server, 1, 1, 1);
    for n in 2..=4 {
        drop(send(&client, n, 4_000 * n));
    }
    drop(client);
    for n in 2..=4 {
        let request = server.receive().unwrap().unwrap();
        assert!(!request.is_connected());
        assert_filled(&request, n, 4_000 * n);
    }
    assert!(server.receive().unwrap().is_none());
}

// Fails if: `Slot::rescue` knows the base alone.
#[test]
fn a_server_that_is_gone_leaves_what_it_answered_in_new_memory() {
    let stage = Stage::<Words>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = send(&client, 1, 10_000);
    let request = server.receive().unwrap().unwrap();
    respond(&request, 2, 20_000);
    respond(&request, 3, 40_000);
    drop((request, server));
    for (n, len) in [(2, 20_000), (3, 40_000)] {
        assert_filled(&pending.receive().unwrap().unwrap(), n, len);
    }
    assert!(pending.receive().unwrap().is_none());
}

// Fails if: `send` announces nothing to a server that has not answered.
#[test]
fn messages_in_new_memory_outlive_their_ports() {
    let stage = Stage::<Words>::new();
    let (client, server) = (stage.client(), stage.server());
    let pending = send(&client, 1, 30_000);
    let request = server.receive().unwrap().unwrap();
    drop((client, server));
    respond(&request, 2, 60_000);
    let response = pending.receive().unwrap().unwrap();
    drop(pending);
    assert_filled(&request, 1, 30_000);
    drop(request);
    assert_filled(&response, 2, 60_000);
}

// Fails if: `send` announces nothing to a server that has not answered.
#[test]
fn as_many_long_loans_as_short_ones_are_granted_and_no_more() {
    let stage = Stage::<Words>::with(|builder| {
        builder
            .max_loaned_requests(6)
            .max_active_requests_per_client(8)
    });
    let (client, server) = (stage.client(), stage.server());
    let len = (8 << 20) / 8;
    for round in 0..3 {
        let loans: Vec<_> = (0..6)
            .map(|n| {
                let loan = client.loan_slice_uninit(len).unwrap();
                // SAFETY: every bit pattern is a number, and shared memory begins as zeroes.
                #[expect(unsafe_code, reason = "a long slice is not written in full")]
                let mut loan = unsafe { loan.assume_init() };
                fill(&mut loan, round * 10 + n);
                loan
            })
            .collect();
        assert_eq!(
            client.loan_slice_uninit(len).unwrap_err(),
            LoanError::ExceedsMaxLoans
        );
        let pending: Vec<_> = loans.into_iter().map(|loan| loan.send().unwrap()).collect();
        for (n, pending) in (0..).zip(&pending) {
            let request = server.receive().unwrap().unwrap();
            assert_filled(&request, round * 10 + n, len);
            assert_filled(pending, round * 10 + n, len);
        }
    }
}

// Fails if: `PortMemory::may_take` counts the base alone.
#[test]
fn a_lowered_number_of_chunks_holds_for_all_memory_together() {
    let stage = Stage::<Words>::with(|builder| {
        builder
            .max_loaned_requests(6)
            .max_active_requests_per_client(8)
    });
    let builder = stage.factory.client_builder();
    let client = builder
        .override_request_preallocation(|_| 3)
        .create()
        .unwrap();
    let short = client.loan_slice(1).unwrap();
    let long = client.loan_slice(1_000).unwrap();
    let longer = client.loan_slice(100_000).unwrap();
    for len in [1, 1_000, 100_000] {
        assert_eq!(
            client.loan_slice(len).unwrap_err(),
            LoanError::OutOfMemory,
            "{len}"
        );
    }
    drop(long);
    let _another = client.loan_slice(1).unwrap();
    assert_eq!(client.loan_slice(1).unwrap_err(), LoanError::OutOfMemory);
    drop((short, longer));
    assert!(client.loan_slice(100_000).is_ok());
}

// Fails if: `take_from_new_memory` does not listen.
#[test]
fn overflow_in_new_memory_replaces_the_oldest_and_brings_its_memory_home() {
    let stage = Stage::<Words>::with(|builder| {
        builder
            .max_active_requests_per_client(2)
            .max_response_buffer_size(2)
    });
    let (client, server) = (stage.client(), stage.server());
    for round in 0..50 {
        let pending = send(&client, round, 2_000);
        let request = server.receive().unwrap().unwrap();
        for n in 0..20 {
            respond(&request, n, 1_000 + 500 * n);
        }
        for n in 18..20 {
            assert_filled(&pending.receive().unwrap().unwrap(), n, 1_000 + 500 * n);
        }
        assert!(pending.receive().unwrap().is_none());
    }
    let older = send(&client, 1, 3_000);
    drop(send(&client, 2, 3_000));
    drop(send(&client, 3, 3_000));
    assert_eq!(older.outcome(), Some(Outcome::Evicted));
}

// Fails if: `take_from_new_memory` does not listen.
#[test]
fn back_pressure_holds_for_new_memory() {
    let stage = Stage::<Words>::with(|builder| {
        builder
            .enable_safe_overflow_for_requests(false)
            .enable_safe_overflow_for_responses(false)
            .max_active_requests_per_client(2)
    });
    let builder = stage.factory.client_builder();
    let builder = builder.backpressure_strategy(BackpressureStrategy::DiscardData);
    let (client, server) = (builder.create().unwrap(), stage.server());
    for n in 0..30 {
        let one = send(&client, n, 10 + 300 * n);
        let two = send(&client, n + 1, 20);
        for pending in [&one, &two] {
            let request = server.receive().unwrap().unwrap();
            respond(&request, n, 10 + 500 * n);
            drop(request);
            assert_filled(&pending.receive().unwrap().unwrap(), n, 10 + 500 * n);
        }
    }
}

/// The longest slice of these tests, in bytes: a debug build takes its time for what an optimised one does at once.
const LONGEST: usize = if cfg!(debug_assertions) {
    64 << 20
} else {
    1 << 30
};

// Fails if: `send` announces nothing to a server that has not answered.
#[test]
fn a_very_long_slice_travels_both_ways() {
    for strategy in GROWING {
        let stage = Stage::<Words>::new();
        let client = client(&stage.factory, strategy);
        let server = server(&stage.factory, strategy);
        travel(&client, &server, 1, LONGEST / 8, 1);
        travel(&client, &server, 3, 1, LONGEST / 8);
    }
}

// Fails if: `retire_surplus` retires what is in use.
#[test]
fn random_lengths_in_random_order_arrive_as_they_were_sent() {
    let stage = Stage::<Words>::with(|builder| {
        builder
            .max_active_requests_per_client(4)
            .max_response_buffer_size(4)
            .enable_safe_overflow_for_requests(false)
            .enable_safe_overflow_for_responses(false)
            .max_servers(2)
    });
    let mut dice = Dice::new(7);
    let client = client(&stage.factory, AllocationStrategy::PowerOfTwo);
    let servers = [
        server(&stage.factory, AllocationStrategy::BestFit),
        server(&stage.factory, AllocationStrategy::PowerOfTwo),
    ];
    let mut len = move || 1_usize << dice.roll(17);
    let mut pending = Vec::new();
    for n in 0..500 {
        let there = len();
        pending.push((n, send(&client, n, there)));
        for server in &servers {
            let request = server.receive().unwrap().unwrap();
            assert_filled(&request, n, there);
            let back = len();
            respond(&request, back, back);
        }
        if pending.len() > 3 {
            let (_, pending) = pending.remove(0);
            for _ in &servers {
                let response = pending.receive().unwrap().unwrap();
                assert_filled(&response, response.len(), response.len());
            }
        }
    }
}

// Fails if: `Announced::knows` compares no generation.
#[test]
fn peers_in_other_threads_grow_against_each_other() {
    const MESSAGES: usize = 300;
    let stage = Stage::<Words>::new();
    let server = server(&stage.factory, AllocationStrategy::PowerOfTwo);
    let config = stage.root.config();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = super::stage::open::<Words>(&config);
            let client = client(&factory, AllocationStrategy::BestFit);
            let mut dice = Dice::new(11);
            for n in 0..MESSAGES {
                let len = dice.roll(30_000);
                let pending = send(&client, n, len);
                let response = pending.timed_receive(LONG).unwrap();
                assert_filled(&response, n, 2 * len);
            }
        });
        for n in 0..MESSAGES {
            let request = server.timed_receive(LONG).unwrap();
            assert_filled(&request, n, request.len());
            respond(&request, n, 2 * request.len());
        }
    });
}

// Fails if: `send` announces nothing to a server that has not answered.
#[test]
fn clients_that_grow_come_and_go() {
    let stage = Stage::<Words>::new();
    let server = stage.server();
    for n in 0..100 {
        let client = stage.client();
        travel(&client, &server, n, 1_000 + n, 2_000);
        drop(client);
        eventually(|| server.receive().unwrap().is_none().then_some(()));
    }
}

/// A port that polls looks at what only the kernel knows once in so many polls: here the look falls on every place of the
/// last one.
const POLLS: usize = 9;

// Fails if: `ServerState::receive_after_all` looks before it takes.
#[test]
fn a_request_in_new_memory_outlives_its_client_whenever_the_server_looks() {
    for polls in 0..POLLS {
        let stage = Stage::<Words>::new();
        let server = server(&stage.factory, AllocationStrategy::PowerOfTwo);
        let client = client(&stage.factory, AllocationStrategy::PowerOfTwo);
        travel(&client, &server, 0, 1, 1);
        for _ in 0..polls {
            assert!(server.receive().unwrap().is_none());
        }
        std::thread::sleep(Duration::from_millis(3));
        drop(send(&client, 1, 100_000));
        drop(client);
        let request = server.receive().unwrap().unwrap();
        assert_filled(&request, 1, 100_000);
    }
}

// Fails if: `ClientState::receive_otherwise` looks before it takes.
#[test]
fn a_response_in_new_memory_outlives_its_server_whenever_the_client_looks() {
    for polls in 0..POLLS {
        let stage = Stage::<Words>::new();
        let server = server(&stage.factory, AllocationStrategy::PowerOfTwo);
        let client = client(&stage.factory, AllocationStrategy::PowerOfTwo);
        travel(&client, &server, 0, 1, 1);
        let pending = send(&client, 1, 1);
        let request = server.receive().unwrap().unwrap();
        for _ in 0..polls {
            assert!(pending.receive().unwrap().is_none());
        }
        std::thread::sleep(Duration::from_millis(3));
        respond(&request, 2, 100_000);
        drop((request, server));
        let response = pending.receive().unwrap().unwrap();
        assert_filled(&response, 2, 100_000);
    }
}

/// Where the messages of a round trip lie.
fn addresses(client: &ClientOf<Words>, server: &ServerOf<Words>, len: usize) -> [usize; 2] {
    let pending = send(client, 1, len);
    let request = server.receive().unwrap().unwrap();
    respond(&request, 2, len);
    let response = pending.receive().unwrap().unwrap();
    [&*pending, &*response].map(|slice: &Words| slice.as_ptr().addr())
}

// Fails if: `take_chunk_at_once` of `ServerState` or of `ClientState` takes no chunk that came home before all others; or
// `Lendings::settle_one` keeps older ones.
#[test]
fn memory_that_has_just_come_home_is_used_before_any_other() {
    let stage = Stage::<Words>::new();
    let (client, server) = (stage.client(), stage.server());
    // WHY short: of memory beside the base everything may come home with any look.
    let rounds: Vec<_> = (0..12).map(|_| addresses(&client, &server, 8)).collect();
    for round in rounds.windows(3) {
        assert_eq!(round[0][0], round[2][0], "two take turns");
        assert_eq!(round[0][1], round[1][1], "one is enough");
    }
}

// Fails if: `ClientState::take_chunk_at_once` settles nothing where there are several servers.
#[test]
fn requests_to_several_servers_use_memory_again_that_has_come_home() {
    let stage = Stage::<Words>::new();
    let servers = [0, 1].map(|_| server(&stage.factory, AllocationStrategy::BestFit));
    let client = client(&stage.factory, AllocationStrategy::BestFit);
    let round = |_| {
        let pending = send(&client, 1, 60_000);
        for server in &servers {
            respond(&server.receive().unwrap().unwrap(), 2, 8);
        }
        while pending.receive().unwrap().is_some() {}
        pending.payload().as_ptr().addr()
    };
    let rounds: BTreeSet<_> = (0..12).map(round).collect();
    assert!(rounds.len() <= 3, "{rounds:?}");
}

// Fails if: `ServerState::take_other_chunk` does not first give home what is said to be home.
#[test]
fn memory_that_came_home_from_one_client_is_used_for_another() {
    let stage = Stage::<Words>::new();
    let server = server(&stage.factory, AllocationStrategy::BestFit);
    let clients = [0, 1].map(|_| client(&stage.factory, AllocationStrategy::BestFit));
    let respond_long = |request: &Active| {
        let loan = request.loan_slice_uninit(60_000).unwrap();
        let address = loan.payload().as_ptr().addr();
        loan.write_from_fn(|_| 0).send().unwrap();
        address
    };
    let pending = send(&clients[0], 1, 8);
    let first = respond_long(&server.receive().unwrap().unwrap());
    drop(pending.receive().unwrap().unwrap());
    drop(pending);
    let _pending = [0, 1].map(|n| send(&clients[n], n, 8));
    let requests = [0, 1].map(|_| server.receive().unwrap().unwrap());
    let is_others = |request: &&Active| request[0] == word(1, 0);
    let other = requests.iter().find(is_others).unwrap();
    assert_eq!(respond_long(other), first);
}
