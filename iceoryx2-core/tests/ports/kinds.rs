// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Payloads and user headers of all sizes and alignments, and what messages say of themselves.

use super::stage::Stage;
use core::fmt::Debug;
use iceoryx2::prelude::*;

const MESSAGES: u64 = 100;

/// A payload made of one byte's worth of randomness, so that a torn one shows.
trait Kind: Debug + Copy + PartialEq + ZeroCopySend {
    fn of(byte: u8) -> Self;
}

#[derive(Debug, Clone, Copy, PartialEq, ZeroCopySend)]
#[repr(C)]
struct Bytes<const SIZE: usize>([u8; SIZE]);

impl<const SIZE: usize> Kind for Bytes<SIZE> {
    fn of(byte: u8) -> Self {
        Self([byte; SIZE])
    }
}

impl Kind for () {
    fn of(_: u8) {}
}

/// Defines a payload of a given alignment, with as many bytes.
macro_rules! aligned {
    ($($name:ident $align:literal,)*) => {$(
        #[derive(Debug, Clone, Copy, PartialEq, ZeroCopySend)]
        #[repr(C, align($align))]
        struct $name([u8; $align]);

        impl Kind for $name {
            fn of(byte: u8) -> Self {
                Self([byte; $align])
            }
        }
    )*};
}

aligned! {
    Align1 1, Align2 2, Align4 4, Align8 8, Align16 16, Align32 32, Align64 64, Align128 128, Align512 512,
    Align4096 4096,
}

/// Sends payloads of `P` there and back with user headers of `H`.
fn travel<P: Kind, H: Kind>() {
    let root = crate::common::Root::new();
    let node = crate::common::node_of::<super::S>(&root.config());
    let factory = node
        .service_builder(&crate::common::name("kinds"))
        .request_response::<P, P>()
        .request_user_header::<H>()
        .response_user_header::<H>()
        .create()
        .unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = factory.server_builder().create().unwrap();
    for n in 0..MESSAGES {
        let byte = u8::try_from(n).unwrap();
        let mut loan = client.loan_uninit().unwrap();
        *loan.user_header_mut() = H::of(byte);
        let pending = loan.write_payload(P::of(byte)).send().unwrap();
        assert_eq!(
            (pending.payload(), pending.user_header()),
            (&P::of(byte), &H::of(byte))
        );
        let request = server.receive().unwrap().unwrap();
        assert!(core::ptr::from_ref(request.payload()).is_aligned());
        assert!(core::ptr::from_ref(request.user_header()).is_aligned());
        assert_eq!(
            (request.payload(), request.user_header()),
            (&P::of(byte), &H::of(byte))
        );
        let mut loan = request.loan_uninit().unwrap();
        *loan.user_header_mut() = H::of(!byte);
        loan.write_payload(P::of(!byte)).send().unwrap();
        let response = pending.receive().unwrap().unwrap();
        assert!(core::ptr::from_ref(response.payload()).is_aligned());
        assert_eq!(
            (response.payload(), response.user_header()),
            (&P::of(!byte), &H::of(!byte))
        );
    }
}

/// One test for each payload.
macro_rules! travels {
    ($($name:ident: $payload:ty, $header:ty;)*) => {$(
        #[test]
        fn $name() {
            travel::<$payload, $header>();
        }
    )*};
}

// Fails if: `ServerConnection::release` does nothing.
travels! {
    nothing_travels: (), ();
    a_user_header_travels_alone: (), Bytes<8>;
    no_bytes_travel: Bytes<0>, ();
    one_byte_travels: Bytes<1>, ();
    twenty_four_bytes_travel: Bytes<24>, ();
    twenty_four_bytes_travel_with_a_header: Bytes<24>, Align8;
    thirty_two_bytes_travel: Bytes<32>, ();
    thirty_three_bytes_travel: Bytes<33>, ();
    sixty_four_bytes_travel: Bytes<64>, Bytes<3>;
    a_page_travels: Bytes<4096>, Bytes<40>;
    alignment_1_travels: Align1, Align1;
    alignment_2_travels: Align2, Align1;
    alignment_4_travels: Align4, Align16;
    alignment_8_travels: Align8, Align2;
    alignment_16_travels: Align16, ();
    alignment_32_travels: Align32, Align4;
    alignment_64_travels: Align64, Align8;
    alignment_128_travels: Align128, Align512;
    alignment_512_travels: Align512, Align1;
    alignment_4096_travels: Align4096, Align4096;
    a_header_larger_than_its_payload_travels: Align1, Align512;
}

/// A mebibyte, checked in place: it would not fit a stack.
#[derive(Debug, ZeroCopySend)]
#[repr(C)]
struct Mebibyte([u8; 1 << 20]);

// Fails if: `finish` does not `end_stream`.
#[test]
fn a_mebibyte_travels_and_is_never_copied() {
    let stage = Stage::<Mebibyte>::new();
    let (client, server) = (stage.client(), stage.server());
    for byte in 0..20 {
        let mut loan = client.loan_uninit().unwrap();
        let payload = loan.payload_mut().as_mut_ptr();
        let place = payload.addr();
        #[expect(
            unsafe_code,
            reason = "a payload in place is written through its address"
        )]
        // SAFETY: the loan's memory, which is as large.
        unsafe {
            payload.write_bytes(byte, 1);
        }
        #[expect(unsafe_code, reason = "as above")]
        // SAFETY: just written, and every byte is one.
        let pending = unsafe { loan.assume_init() }.send().unwrap();
        assert_eq!(core::ptr::from_ref(pending.payload()).addr(), place);
        let request = server.receive().unwrap().unwrap();
        assert!(request.0.iter().all(|found| *found == byte));
    }
}

// Fails if: `Loaned::chunk` does not zero the header; or `Borrowed::new` looks for the payload where the header is.
#[test]
fn a_new_loan_has_a_user_header_of_zeroes_and_a_default_payload() {
    let root = crate::common::Root::new();
    let node = crate::common::node_of::<super::S>(&root.config());
    let factory = node
        .service_builder(&crate::common::name("headers"))
        .request_response::<u64, [u64; 32]>()
        .request_user_header::<u64>()
        .response_user_header::<Bytes<40>>()
        .create()
        .unwrap();
    let client = factory.client_builder().create().unwrap();
    let server = factory.server_builder().create().unwrap();
    for _ in 0..50 {
        let mut request = client.loan().unwrap();
        assert_eq!((*request, *request.user_header()), (0, 0));
        *request.user_header_mut() = 9;
        *request = 8;
        let pending = request.send().unwrap();
        let request = server.receive().unwrap().unwrap();
        assert_eq!((*request, *request.user_header()), (8, 9));
        let mut response = request.loan().unwrap();
        assert_eq!(*response, [0; 32]);
        assert_eq!(*response.user_header(), Bytes([0; 40]));
        *response.user_header_mut() = Bytes([1; 40]);
        *response.payload_mut() = [2; 32];
        response.send().unwrap();
        let response = pending.receive().unwrap().unwrap();
        assert_eq!(*response, [2; 32]);
        assert_eq!(*response.user_header(), Bytes([1; 40]));
    }
}

// Fails if: `ClientConnection::admit` does not note the node; or `ServerConnection::admit` does not note the node.
#[test]
fn messages_say_who_sent_them() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let request = client.loan().unwrap();
    let header = request.header();
    assert_eq!(
        (
            header.client_id(),
            header.node_id(),
            header.number_of_elements()
        ),
        (client.id(), stage.node.id(), 1)
    );
    let pending = request.send().unwrap();
    assert_eq!(pending.header(), header);
    let request = server.receive().unwrap().unwrap();
    assert_eq!((request.header(), request.origin()), (header, client.id()));
    let response = request.loan().unwrap();
    let header = response.header();
    assert_eq!(
        (
            header.server_id(),
            header.node_id(),
            header.number_of_elements()
        ),
        (server.id(), stage.node.id(), 1)
    );
    response.send().unwrap();
    let response = pending.receive().unwrap().unwrap();
    assert_eq!(
        (response.header(), response.origin()),
        (header, server.id())
    );
}

// Fails if: a message's `Debug` leaves its payload out.
#[test]
fn messages_show_their_payload_when_debugged() {
    let stage = Stage::<u64>::new();
    let (client, server) = (stage.client(), stage.server());
    let request = client.loan_uninit().unwrap().write_payload(4_711);
    assert!(format!("{request:?}").contains("4711"));
    let pending = request.send().unwrap();
    assert!(format!("{pending:?}").contains("4711"));
    let request = server.receive().unwrap().unwrap();
    assert!(format!("{request:?}").contains("4711"));
    request.send_copy(815).unwrap();
    let response = pending.receive().unwrap().unwrap();
    assert!(format!("{response:?}").contains("815"));
    for text in [format!("{client:?}"), format!("{server:?}")] {
        assert!(text.contains("id"), "{text}");
    }
}
