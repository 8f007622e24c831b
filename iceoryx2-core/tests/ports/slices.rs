// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Slices, both ways, of every length.

use super::stage::{LONG, Stage};
use iceoryx2::{
    port::{LoanError, allocation_strategy::AllocationStrategy, client::ClientCreateError},
    prelude::*,
};

/// What lies at `index` of the slice number `n`.
fn pattern(n: usize, index: usize) -> u32 {
    u32::try_from((n * 31 + index * 7) % 65_521).unwrap()
}

fn is_pattern(slice: &[u32], n: usize, len: usize) -> bool {
    slice.len() == len && (0..len).all(|index| slice[index] == pattern(n, index))
}

// Fails if: `loan_slice_uninit` takes one element.
#[test]
fn slices_travel_both_ways_with_the_lengths_they_have() {
    for strategy in [
        AllocationStrategy::Static,
        AllocationStrategy::BestFit,
        AllocationStrategy::PowerOfTwo,
    ] {
        let stage = Stage::<[u32]>::new();
        let client = stage
            .factory
            .client_builder()
            .initial_max_slice_len(100)
            .allocation_strategy(strategy)
            .create()
            .unwrap();
        let server = stage
            .factory
            .server_builder()
            .initial_max_slice_len(200)
            .allocation_strategy(strategy)
            .create()
            .unwrap();
        assert_eq!(client.initial_max_slice_len(), 100);
        assert_eq!(server.initial_max_slice_len(), 200);
        for len in [0, 1, 7, 99, 100] {
            let request = client
                .loan_slice_uninit(len)
                .unwrap()
                .write_from_fn(|index| pattern(len, index));
            assert_eq!(request.header().number_of_elements(), len as u64);
            let pending = request.send().unwrap();
            assert!(is_pattern(&pending, len, len));
            let request = server.receive().unwrap().unwrap();
            assert_eq!(request.header().number_of_elements(), len as u64);
            assert!(is_pattern(&request, len, len));
            let answer: Vec<_> = (0..2 * len).map(|index| pattern(len + 1, index)).collect();
            request
                .loan_slice_uninit(2 * len)
                .unwrap()
                .write_from_slice(&answer)
                .send()
                .unwrap();
            let response = pending.receive().unwrap().unwrap();
            assert_eq!(response.header().number_of_elements(), 2 * len as u64);
            assert!(is_pattern(&response, len + 1, 2 * len));
        }
    }
}

// Fails if: `plan` takes Static for BestFit.
#[test]
fn a_static_port_refuses_longer_slices_and_goes_on() {
    let stage = Stage::<[u32]>::new();
    let client = stage
        .factory
        .client_builder()
        .initial_max_slice_len(5)
        .allocation_strategy(AllocationStrategy::Static)
        .create()
        .unwrap();
    let server = stage
        .factory
        .server_builder()
        .initial_max_slice_len(5)
        .allocation_strategy(AllocationStrategy::Static)
        .create()
        .unwrap();
    for len in [6, 1 << 20, usize::MAX / 4, usize::MAX] {
        assert_eq!(
            client.loan_slice_uninit(len).unwrap_err(),
            LoanError::ExceedsMaxLoanSize,
            "{len}"
        );
    }
    let pending = client.loan_slice(5).unwrap().send().unwrap();
    let request = server.receive().unwrap().unwrap();
    assert_eq!(*request, [0; 5]);
    assert_eq!(
        request.loan_slice(6).unwrap_err(),
        LoanError::ExceedsMaxLoanSize
    );
    request.loan_slice(5).unwrap().send().unwrap();
    assert_eq!(*pending.receive().unwrap().unwrap(), [0; 5]);
}

// Fails if: `set_initial_slice_len` keeps 0.
#[test]
fn a_first_length_of_zero_is_one() {
    let stage = Stage::<[u32]>::new();
    let builder = stage.factory.client_builder().initial_max_slice_len(0);
    assert_eq!(builder.create().unwrap().initial_max_slice_len(), 1);
    assert_eq!(stage.client().initial_max_slice_len(), 1);
}

// Fails if: `size_of` multiplies unchecked.
#[test]
fn lengths_no_memory_has_are_refused() {
    let stage = Stage::<[u32]>::new();
    for len in [usize::MAX, usize::MAX / 4, usize::MAX / 64] {
        let builder = stage.factory.client_builder().initial_max_slice_len(len);
        assert_eq!(
            builder.create().unwrap_err(),
            ClientCreateError::UnableToCreateDataSegment,
            "{len}"
        );
    }
    let client = stage.client();
    for len in [usize::MAX, usize::MAX / 4, usize::MAX / 8] {
        let error = client.loan_slice_uninit(len).unwrap_err();
        assert!(
            [LoanError::ExceedsMaxLoanSize, LoanError::OutOfMemory].contains(&error),
            "{len}: {error:?}"
        );
    }
    let _server = stage.server();
    let pending = client.loan_slice(1).unwrap().send().unwrap();
    assert_eq!(pending.number_of_server_connections(), 1);
}

// Fails if: `write_from_slice` copies what fits.
#[test]
#[should_panic(expected = "loan as many elements as the slice has")]
fn a_slice_of_another_length_is_not_half_written() {
    let stage = Stage::<[u32]>::new();
    let loan = stage.client().loan_slice_uninit(3).unwrap();
    drop(loan.write_from_slice(&[1, 2]));
}

// Fails if: `call_slice` sends its first element.
#[test]
fn a_call_may_carry_a_slice() {
    let stage = Stage::<[u32]>::new();
    let client = stage.client();
    let config = stage.root.config();
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let (_node, factory) = super::stage::open::<[u32]>(&config);
            let server = factory.server_builder().create().unwrap();
            ready.send(()).unwrap();
            let request = server.timed_receive(LONG).unwrap();
            let sum = request.iter().sum();
            let answer = request.loan_slice_uninit(1).unwrap();
            answer.write_from_fn(|_| sum).send().unwrap();
        });
        is_ready.recv().unwrap();
        let response = client.call_slice(&[1, 2, 3, 4], LONG).unwrap();
        assert_eq!(*response, [10]);
    });
}

#[derive(Debug, Default, Clone, Copy, PartialEq, ZeroCopySend)]
#[repr(C)]
struct Nothing;

// Fails if: a chunk's length is said in bytes.
#[test]
fn elements_of_no_size_are_counted() {
    let stage = Stage::<[Nothing]>::new();
    let (client, server) = (stage.client(), stage.server());
    for len in [0, 1, 1_000_000] {
        let pending = client.loan_slice(len).unwrap().send().unwrap();
        let request = server.receive().unwrap().unwrap();
        assert_eq!(request.len(), len);
        request.loan_slice(len + 1).unwrap().send().unwrap();
        assert_eq!(pending.receive().unwrap().unwrap().len(), len + 1);
    }
}

// Fails if: a payload's place is computed without the user header.
#[test]
fn a_user_header_travels_beside_a_slice() {
    let root = crate::common::Root::new();
    let node = crate::common::node_of::<super::S>(&root.config());
    let factory = node
        .service_builder(&crate::common::name("stage"))
        .request_response::<[u32], [u8]>()
        .request_user_header::<[u8; 5]>()
        .response_user_header::<u64>()
        .create()
        .unwrap();
    let client = factory.client_builder().initial_max_slice_len(9).create();
    let (client, server) = (client.unwrap(), factory.server_builder().create().unwrap());
    let mut request = client.loan_slice_uninit(9).unwrap();
    assert_eq!(*request.user_header(), [0; 5]);
    *request.user_header_mut() = *b"hello";
    let pending = request.write_from_fn(|i| pattern(1, i)).send().unwrap();
    assert_eq!(
        (pending.user_header(), pending.payload().len()),
        (b"hello", 9)
    );
    let request = server.receive().unwrap().unwrap();
    assert_eq!(request.user_header(), b"hello");
    assert!(is_pattern(&request, 1, 9));
    let mut response = request.loan_slice(1).unwrap();
    *response.user_header_mut() = u64::MAX;
    response.payload_mut()[0] = 7;
    response.send().unwrap();
    let response = pending.receive().unwrap().unwrap();
    assert_eq!(
        (*response.user_header(), response.payload()),
        (u64::MAX, &[7][..])
    );
}
