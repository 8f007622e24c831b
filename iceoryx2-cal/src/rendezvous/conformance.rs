// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every listener and every link must do, in one full set of mechanisms.

use super::{
    ConnectError, HANDLES_MAX, Link, Listener, MESSAGE_SIZE_MAX, PeerProcess, Received, Sent,
};
use crate::{
    Mechanisms, SystemErrorKind,
    event::{EventListener, EventNotifier},
    shared_memory::{OwnedMemory, PeerMemory},
    static_storage::{StaticStorage, test_place::TestPlace},
    wait_set::{Trigger, WaitSet},
};
use core::time::Duration;

/// Instantiates a test per case for one set of mechanisms.
macro_rules! tests {
    ($mechanisms:ty) => {
        crate::rendezvous::conformance::tests! { @each $mechanisms;
            nobody_is_found_before_publishing
            messages_arrive_whole_and_in_order
            client_and_server_in_one_thread_need_not_wait
            the_largest_message_arrives
            no_more_handles_than_there_may_be
            handles_arrive_in_order_and_work
            what_was_sent_comes_before_the_end
            a_message_waits_for_who_accepts_late
            the_end_wakes_a_sleeper
            a_peer_wakes_a_sleeping_listener
            a_ring_wakes_the_other_end
            a_full_link_would_block
            shutdown_hangs_up
            nobody_listens_after_shutdown
            a_listener_says_whether_somebody_waits
            the_peer_is_known
        }
    };
    (@each $mechanisms:ty; $($case:ident)+) => {
        $(
            #[test]
            fn $case() {
                crate::rendezvous::conformance::$case::<$mechanisms>();
            }
        )+
    };
}

pub(crate) use tests;

const LONG: Option<Duration> = Some(Duration::from_secs(60));
const NOW: Option<Duration> = Some(Duration::ZERO);

/// A listener that can be found as `name`.
struct Meeting<M: Mechanisms> {
    storage: M::Storage,
    listener: M::Listener,
    _place: TestPlace<M::Storage>,
}

impl<M: Mechanisms> Meeting<M> {
    fn new() -> Self {
        let place = TestPlace::<M::Storage>::new();
        let storage = M::Storage::open_or_create(&place.path().join("meeting")).unwrap();
        let listener = M::Listener::bind(&storage, "temporary").unwrap();
        listener.publish(&storage, "temporary", "name").unwrap();
        Self {
            storage,
            listener,
            _place: place,
        }
    }

    fn client(&self) -> M::Link {
        M::Link::connect(&self.storage, "name").unwrap()
    }

    /// Both ends of a link: who connected, who accepted.
    fn pair(&self) -> (M::Link, M::Link) {
        let client = self.client();
        (client, self.listener.accept().unwrap().unwrap())
    }
}

fn receive<L: Link>(link: &L) -> Received<L::Handle> {
    link.receive(&mut [0; MESSAGE_SIZE_MAX]).unwrap()
}

fn message<L: Link>(link: &L) -> (Vec<u8>, Vec<L::Handle>) {
    let mut buffer = [0; MESSAGE_SIZE_MAX];
    match link.receive(&mut buffer).unwrap() {
        Received::Message {
            len,
            handles,
            truncated,
        } => {
            assert!(!truncated);
            (buffer[..len].to_vec(), handles)
        }
        Received::Nothing => panic!("nothing instead of a message"),
        Received::End => panic!("the end instead of a message"),
    }
}

fn send<L: Link>(link: &L, message: &[u8]) {
    assert_eq!(link.send(message, &[]).unwrap(), Sent::Sent);
}

/// WHY: a child that another test starts may hold a duplicate for a moment.
fn wait_until_hung_up<M: Mechanisms>(link: &M::Link) {
    let waits = M::WaitSet::create().unwrap();
    waits.attach(link.source(), 0, Trigger::Edge).unwrap();
    while !link.hung_up() {
        assert_eq!(waits.wait(LONG, |_| ()).unwrap(), 1);
    }
}

pub(crate) fn nobody_is_found_before_publishing<M: Mechanisms>() {
    let place = TestPlace::<M::Storage>::new();
    let storage = M::Storage::open_or_create(&place.path().join("meeting")).unwrap();
    let listener = M::Listener::bind(&storage, "temporary").unwrap();
    let connect = || M::Link::connect(&storage, "name");
    assert_eq!(connect().unwrap_err(), ConnectError::NotFound);
    listener.publish(&storage, "temporary", "name").unwrap();
    assert_eq!(storage.names().unwrap(), ["name"]);
    connect().unwrap();
}

pub(crate) fn messages_arrive_whole_and_in_order<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    for message in [&b"one"[..], b"three", b"x"] {
        send(&client, message);
    }
    for expected in [&b"one"[..], b"three", b"x"] {
        assert_eq!(message(&server).0, expected);
    }
    assert!(matches!(receive(&server), Received::Nothing));
}

pub(crate) fn client_and_server_in_one_thread_need_not_wait<M: Mechanisms>() {
    let meeting = Meeting::<M>::new();
    assert!(meeting.listener.accept().unwrap().is_none());
    let client = meeting.client();
    send(&client, b"question");
    let server = meeting.listener.accept().unwrap().unwrap();
    assert_eq!(message(&server).0, b"question");
    send(&server, b"answer");
    assert_eq!(message(&client).0, b"answer");
}

pub(crate) fn the_largest_message_arrives<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    let largest = [7; MESSAGE_SIZE_MAX];
    send(&client, &largest);
    assert_eq!(message(&server).0, largest);
}

pub(crate) fn no_more_handles_than_there_may_be<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    let handle = M::EventListener::create().unwrap().handle();
    let most = [&handle; HANDLES_MAX];
    assert_eq!(client.send(b"x", &most).unwrap(), Sent::Sent);
    assert_eq!(message(&server).1.len(), HANDLES_MAX);
}

pub(crate) fn handles_arrive_in_order_and_work<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    let memory = M::Memory::create("conformance", 1).unwrap();
    let bell = M::EventListener::create().unwrap();
    client
        .send(b"x", &[&memory.handle(), &bell.handle()])
        .unwrap();
    let mut handles = message(&server).1.into_iter();
    let seen = M::PeerMemory::open(handles.next().unwrap()).unwrap();
    assert_eq!(seen.size(), memory.size());
    M::EventNotifier::open(handles.next().unwrap())
        .unwrap()
        .notify()
        .unwrap();
    assert!(handles.next().is_none());
}

pub(crate) fn what_was_sent_comes_before_the_end<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    send(&server, b"never read");
    send(&client, b"one");
    send(&client, b"two");
    drop(client);
    wait_until_hung_up::<M>(&server);
    assert_eq!(message(&server).0, b"one");
    assert_eq!(message(&server).0, b"two");
    assert!(matches!(receive(&server), Received::End));
    assert!(matches!(receive(&server), Received::End));
    let error = server.send(b"x", &[]).unwrap_err();
    assert_eq!(error.kind(), SystemErrorKind::Disconnected);
}

pub(crate) fn a_message_waits_for_who_accepts_late<M: Mechanisms>() {
    let meeting = Meeting::<M>::new();
    let client = meeting.client();
    let memory = M::Memory::create("conformance", 1).unwrap();
    client.send(b"farewell", &[&memory.handle()]).unwrap();
    drop((client, memory));
    let server = meeting.listener.accept().unwrap().unwrap();
    let (bytes, mut handles) = message(&server);
    assert_eq!(bytes, b"farewell");
    M::PeerMemory::open(handles.pop().unwrap()).unwrap();
    wait_until_hung_up::<M>(&server);
    assert!(matches!(receive(&server), Received::End));
}

pub(crate) fn the_end_wakes_a_sleeper<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    let waits = M::WaitSet::create().unwrap();
    waits.attach(server.source(), 4, Trigger::Level).unwrap();
    assert_eq!(waits.wait(NOW, |_| ()).unwrap(), 0);
    std::thread::scope(|scope| {
        let sleeper = scope.spawn(|| {
            let mut found = None;
            waits
                .wait(LONG, |readiness| found = Some(readiness))
                .unwrap();
            found.unwrap()
        });
        client.shutdown();
        let found = sleeper.join().unwrap();
        assert_eq!((found.token, found.hung_up), (4, true));
    });
}

pub(crate) fn a_peer_wakes_a_sleeping_listener<M: Mechanisms>() {
    let meeting = Meeting::<M>::new();
    let waits = M::WaitSet::create().unwrap();
    waits
        .attach(meeting.listener.source(), 5, Trigger::Level)
        .unwrap();
    assert_eq!(waits.wait(NOW, |_| ()).unwrap(), 0);
    let _client = meeting.client();
    let mut token = 0;
    waits
        .wait(LONG, |readiness| token = readiness.token)
        .unwrap();
    assert_eq!(token, 5);
    meeting.listener.accept().unwrap().unwrap();
    assert_eq!(waits.wait(NOW, |_| ()).unwrap(), 0);
}

pub(crate) fn a_ring_wakes_the_other_end<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    let waits = M::WaitSet::create().unwrap();
    waits.attach(server.source(), 0, Trigger::Level).unwrap();
    client.ring();
    assert_eq!(
        waits
            .wait(LONG, |readiness| assert!(readiness.readable))
            .unwrap(),
        1
    );
    assert_eq!(message(&server).0.len(), 1);
    assert_eq!(waits.wait(NOW, |_| ()).unwrap(), 0);
}

pub(crate) fn a_full_link_would_block<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    let mut sent = 0;
    while client.send(&[0; MESSAGE_SIZE_MAX], &[]).unwrap() == Sent::Sent {
        sent += 1;
    }
    client.ring();
    for _ in 0..sent {
        assert_eq!(message(&server).0.len(), MESSAGE_SIZE_MAX);
    }
    send(&client, b"room again");
}

pub(crate) fn shutdown_hangs_up<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    assert!(!client.hung_up() && !server.hung_up());
    server.shutdown();
    assert!(client.hung_up());
    assert!(matches!(receive(&client), Received::End));
}

pub(crate) fn nobody_listens_after_shutdown<M: Mechanisms>() {
    let meeting = Meeting::<M>::new();
    meeting.listener.shutdown();
    let error = M::Link::connect(&meeting.storage, "name").unwrap_err();
    assert_eq!(error, ConnectError::Refused);
    meeting.storage.remove("name").unwrap();
    let error = M::Link::connect(&meeting.storage, "name").unwrap_err();
    assert_eq!(error, ConnectError::NotFound);
}

// Fails if: `has_waiting` says always or never.
pub(crate) fn a_listener_says_whether_somebody_waits<M: Mechanisms>() {
    let meeting = Meeting::<M>::new();
    assert!(!meeting.listener.has_waiting());
    let clients = [(); 2].map(|()| meeting.client());
    for _ in &clients {
        assert!(meeting.listener.has_waiting());
        meeting.listener.accept().unwrap().unwrap();
    }
    assert!(!meeting.listener.has_waiting());
}

pub(crate) fn the_peer_is_known<M: Mechanisms>() {
    let (client, server) = Meeting::<M>::new().pair();
    let (seen, seen_back) = (server.peer().unwrap(), client.peer().unwrap());
    assert_eq!(seen, seen_back, "both ends are this process");
    assert_eq!(
        (seen.pid, seen.uid),
        (std::process::id(), crate::user::effective_uid())
    );
    for link in [client, server] {
        if let Some(process) = link.peer_process().unwrap() {
            assert!(!process.is_dead());
        }
    }
}
