// SPDX-License-Identifier: Apache-2.0 OR MIT
use super::*;
use crate::{
    AnonymousMemory, Doorbell, ErrorKind, PeerMemory, Poller, Ringer, Trigger, VetError,
    faults::failing,
    process::{Signal, in_forked_child, send_signal},
    testing::{Child, TestPlace, argument_of_child, tell_parent, wait_for_parent},
    user,
};
use core::time::Duration;
use nix::{
    errno::Errno,
    sys::{
        resource::{Resource, setrlimit},
        signal::{SigHandler, Signal::SIGPIPE, signal},
    },
};
use std::{
    fs,
    os::{fd::AsRawFd, unix::fs::PermissionsExt},
};

const LONG: Option<Duration> = Some(Duration::from_secs(60));

fn receive(connection: &Connection) -> Received {
    connection.receive(&mut [0; 1024], 4).unwrap()
}

fn message(connection: &Connection) -> (Vec<u8>, Message) {
    let mut buffer = [0; 1024];
    match connection.receive(&mut buffer, 4).unwrap() {
        Received::Message(message) => (buffer[..message.len].to_vec(), message),
        other => panic!("{other:?} instead of a message"),
    }
}

/// WHY: a fork of another test may hold a duplicate for a moment.
fn wait_until_hung_up(connection: &Connection) {
    let poller = Poller::create().unwrap();
    poller.add(connection.source(), 0, Trigger::Edge).unwrap();
    while !connection.hung_up().unwrap() {
        assert_eq!(poller.wait(LONG, &mut |_| ()).unwrap(), 1);
    }
}

#[test]
fn messages_arrive_whole_and_in_order() {
    let place = TestPlace::new();
    let directory = place.open();
    let listener = Listener::bind(&directory, "name").unwrap();
    assert!(listener.accept().unwrap().is_none());
    let client = Connection::connect(&directory, "name").unwrap();
    client.send(b"one", &[]).unwrap();
    client.send(b"three", &[]).unwrap();
    let server = listener.accept().unwrap().unwrap();
    assert_eq!(message(&server).0, b"one");
    server.send(b"back", &[]).unwrap();
    assert_eq!(message(&server).0, b"three");
    assert!(matches!(receive(&server), Received::Nothing));
    assert_eq!(message(&client).0, b"back");
}

#[test]
fn handles_arrive_in_order() {
    let (left, right) = Connection::pair().unwrap();
    let (memory, bell) = (
        AnonymousMemory::create("test", 1).unwrap(),
        Doorbell::create().unwrap(),
    );
    left.send(b"x", &[&memory.handle(), &bell.handle()])
        .unwrap();
    drop((memory, bell));
    let mut handles = message(&right).1.handles;
    assert_eq!(handles.len(), 2);
    Ringer::open(handles.pop().unwrap()).unwrap();
    PeerMemory::map(handles.pop().unwrap()).unwrap();
}

#[test]
fn surplus_handles_are_closed_and_reported() {
    let (left, right) = Connection::pair().unwrap();
    let (watched, peer) = Connection::pair().unwrap();
    let memory = AnonymousMemory::create("test", 1).unwrap().handle();
    let surplus = Handle::new(peer.descriptor);
    left.send(b"x", &[&memory, &surplus]).unwrap();
    drop(surplus);
    let Received::Message(message) = right.receive(&mut [0; 8], 1).unwrap() else {
        panic!("the message is there")
    };
    assert!(message.handles_lost);
    assert_eq!(message.handles.len(), 1);
    wait_until_hung_up(&watched);
}

#[test]
fn handles_nobody_asked_for_are_closed() {
    let (left, right) = Connection::pair().unwrap();
    let (watched, peer) = Connection::pair().unwrap();
    let handle = Handle::new(peer.descriptor);
    left.send(b"x", &[&handle]).unwrap();
    drop(handle);
    let Received::Message(message) = right.receive(&mut [0; 8], 0).unwrap() else {
        panic!("the message is there")
    };
    assert!(message.handles_lost && message.handles.is_empty());
    wait_until_hung_up(&watched);
}

#[test]
fn as_many_handles_as_may_be() {
    let (left, right) = Connection::pair().unwrap();
    let handle = Doorbell::create().unwrap().handle();
    let most = vec![&handle; HANDLES_MAX];
    left.send(b"x", &most).unwrap();
    let Received::Message(message) = right.receive(&mut [0; 8], usize::MAX).unwrap() else {
        panic!("the message is there")
    };
    assert!(!message.handles_lost);
    assert_eq!(message.handles.len(), HANDLES_MAX);
    let error = left.send(b"x", &[&handle; HANDLES_MAX + 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// In a process of its own, in which of three handles there is room for `room`.
fn three_handles_with_room_for(room: usize) -> bool {
    in_forked_child(|| {
        let (left, right) = Connection::pair().unwrap();
        let handle = Doorbell::create().unwrap().handle();
        left.send(b"x", &[&handle, &handle, &handle]).unwrap();
        let mut fillers: Vec<_> = (0..300).map(|_| fs::File::open("/").unwrap()).collect();
        let highest = fillers.iter().map(AsRawFd::as_raw_fd).max().unwrap();
        let limit = u64::try_from(highest).unwrap() + 1;
        setrlimit(Resource::RLIMIT_NOFILE, limit, limit).unwrap();
        let _kept = fillers.split_off(room);
        drop(fillers);
        let message = message(&right).1;
        (message.len, message.handles.len(), message.handles_lost) == (1, room, room < 3)
    })
    .unwrap()
}

#[test]
fn too_many_open_files_lose_handles_and_say_so() {
    assert!((0..=3).all(three_handles_with_room_for));
}

#[test]
fn a_message_longer_than_the_buffer_is_cut_and_says_so() {
    let (left, right) = Connection::pair().unwrap();
    left.send(&[7; 100], &[]).unwrap();
    left.send(b"next", &[]).unwrap();
    let mut buffer = [0; 10];
    let Received::Message(cut) = right.receive(&mut buffer, 0).unwrap() else {
        panic!("the message is there")
    };
    assert_eq!((cut.len, cut.cut, buffer), (10, true, [7; 10]));
    assert_eq!(message(&right).0, b"next");
}

#[test]
fn no_message_is_empty() {
    let (left, right) = Connection::pair().unwrap();
    assert_eq!(
        left.send(b"", &[]).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        right.receive(&mut [], 0).unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert!(matches!(receive(&right), Received::Nothing));
}

#[test]
fn what_was_sent_comes_before_the_end() {
    let (left, right) = Connection::pair().unwrap();
    // What `left` never reads makes the system say "reset" before it gives out what `left` sent.
    right.send(b"unread", &[]).unwrap();
    left.send(b"one", &[]).unwrap();
    left.send(b"two", &[]).unwrap();
    drop(left);
    wait_until_hung_up(&right);
    assert_eq!(message(&right).0, b"one");
    assert_eq!(message(&right).0, b"two");
    assert!(matches!(receive(&right), Received::End));
    assert!(matches!(receive(&right), Received::End));
    assert_eq!(
        right.send(b"x", &[]).unwrap_err().kind(),
        ErrorKind::Disconnected
    );
}

// Fails, now and then, if: `receive` takes the first `End` for the end.
#[test]
fn what_comes_while_we_look_comes_before_the_end_too() {
    for _ in 0..50 {
        let pairs = (0..100).map(|_| Connection::pair().unwrap());
        let (left, right): (Vec<_>, Vec<_>) = pairs.unzip();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for connection in left {
                    connection.send(b"last", &[]).unwrap();
                }
            });
            for connection in &right {
                loop {
                    match receive(connection) {
                        Received::Nothing => {}
                        Received::Message(_) => break,
                        Received::End => panic!("the message is lost"),
                    }
                }
            }
        });
    }
}

#[test]
fn a_full_connection_would_block_and_a_ring_does_not_care() {
    let (left, right) = Connection::pair().unwrap();
    let error = loop {
        if let Err(error) = left.send(&[1; 1000], &[]) {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    left.ring();
    assert_eq!(message(&right).0.len(), 1000);
}

/// Rust's runtime ignores the signal; a program that embeds us may not.
#[test]
fn a_dead_peer_is_an_error_and_no_signal() {
    let done = in_forked_child(|| {
        // SAFETY: the default action has no handler.
        unsafe { signal(SIGPIPE, SigHandler::SigDfl) }.unwrap();
        let (left, right) = Connection::pair().unwrap();
        drop(right);
        left.send(b"x", &[]).unwrap_err().kind() == ErrorKind::Disconnected
    });
    assert!(done.unwrap());
}

#[test]
fn a_ring_is_one_byte() {
    let (left, right) = Connection::pair().unwrap();
    left.ring();
    assert_eq!(message(&right).0.len(), 1);
    drop(right);
    wait_until_hung_up(&left);
    left.ring();
}

#[test]
fn shutdown_hangs_up_whoever_holds_a_duplicate() {
    let (left, right) = Connection::pair().unwrap();
    assert!(!right.hung_up().unwrap());
    let fd = left.descriptor.get("test").unwrap();
    let duplicate = fd.try_clone_to_owned().unwrap();
    left.shutdown();
    assert!(right.hung_up().unwrap());
    assert!(matches!(receive(&right), Received::End));
    drop(duplicate);
}

#[test]
fn nobody_listens_after_shutdown() {
    let place = TestPlace::new();
    let directory = place.open();
    let listener = Listener::bind(&directory, "name").unwrap();
    let waiting = Connection::connect(&directory, "name").unwrap();
    listener.shutdown();
    let error = Connection::connect(&directory, "name").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    drop(listener);
    wait_until_hung_up(&waiting);
    let error = Connection::connect(&directory, "name").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    directory.remove_file("name").unwrap();
    let error = Connection::connect(&directory, "name").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn who_comes_to_a_full_queue_is_told_so() {
    let place = TestPlace::new();
    let directory = place.open();
    let descriptor = open_list::create(sys::socket::open).unwrap();
    sys::socket::bind(&descriptor, &directory, "name").unwrap();
    sys::socket::listen(&descriptor, 3).unwrap();
    let waiting: Vec<_> = (0..4)
        .map(|_| Connection::connect(&directory, "name").unwrap())
        .collect();
    let error = Connection::connect(&directory, "name").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    let listener = Listener { descriptor };
    listener.accept().unwrap().unwrap();
    Connection::connect(&directory, "name").unwrap();
    drop(waiting);
}

#[test]
fn a_bound_name_can_be_renamed_and_is_the_owners_alone() {
    let place = TestPlace::new();
    let directory = place.open();
    let listener = Listener::bind(&directory, "temporary").unwrap();
    directory.rename("temporary", "final").unwrap();
    let mode = fs::metadata(place.path().join("final"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    Connection::connect(&directory, "final").unwrap();
    assert!(listener.accept().unwrap().is_some());
}

#[test]
fn a_taken_name_is_an_error() {
    let place = TestPlace::new();
    fs::write(place.path().join("name"), "").unwrap();
    let directory = place.open();
    let error = Listener::bind(&directory, "name").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let error = Connection::connect(&directory, "name").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn what_is_no_name_is_an_error() {
    let place = TestPlace::new();
    let directory = place.open();
    for name in ["", ".", "..", "a/b", "/a", "../a", "a\0b"] {
        let error = Listener::bind(&directory, name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}");
        let error = Connection::connect(&directory, name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}");
    }
    let error = Listener::bind(&directory, &"n".repeat(200)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NameTooLong);
}

#[test]
fn the_directory_counts_and_not_its_path() {
    let place = TestPlace::new();
    let deep = place.path().join("d".repeat(100)).join("e".repeat(100));
    fs::create_dir_all(&deep).unwrap();
    let directory = Directory::open(&deep).unwrap();
    fs::rename(
        place.path().join("d".repeat(100)),
        place.path().join("moved"),
    )
    .unwrap();
    let listener = Listener::bind(&directory, "name").unwrap();
    Connection::connect(&directory, "name").unwrap();
    assert!(listener.accept().unwrap().is_some());
    assert!(
        place
            .path()
            .join("moved")
            .join("e".repeat(100))
            .join("name")
            .exists()
    );
}

#[test]
fn without_proc_the_path_must_be_short_and_lead_there() {
    let place = TestPlace::new();
    let without_proc = |directory: &Directory| {
        failing("stat", Errno::ENOENT as i32, || {
            Listener::bind(directory, "name")
        })
    };
    let directory = place.open();
    let listener = without_proc(&directory).unwrap();
    failing("stat", Errno::ENOENT as i32, || {
        failing("connect", Errno::ENOENT as i32, || {
            Connection::connect(&directory, "name")
        })
    })
    .unwrap();
    assert!(listener.accept().unwrap().is_some());

    let deep = place.path().join("d".repeat(100));
    fs::create_dir(&deep).unwrap();
    let directory = Directory::open(&deep).unwrap();
    assert_eq!(
        without_proc(&directory).unwrap_err().kind(),
        ErrorKind::NameTooLong
    );

    fs::rename(&deep, place.path().join("moved")).unwrap();
    assert_eq!(
        without_proc(&directory).unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

#[test]
fn the_system_attests_the_peer() {
    let (left, _right) = Connection::pair().unwrap();
    let ourselves = PeerIdentity {
        pid: std::process::id(),
        uid: user::effective_uid(),
        gid: user::effective_gid(),
    };
    assert_eq!(left.peer_identity().unwrap(), ourselves);
    assert!(!left.peer_process().unwrap().unwrap().is_dead().unwrap());
}

#[test]
fn a_kernel_without_lives_of_peers_says_nothing() {
    let (left, _right) = Connection::pair().unwrap();
    let call = "getsockopt(SO_PEERPIDFD)";
    let life = failing(call, Errno::ENOPROTOOPT as i32, || left.peer_process()).unwrap();
    assert!(life.is_none());
    for errno in [Errno::ESRCH, Errno::EINVAL, Errno::ENODATA] {
        let error = failing(call, errno as i32, || left.peer_process()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Disconnected);
    }
}

/// The child of this test listens, makes a child of its own by a bare system call, in which no handler closes
/// anything, and is killed.
#[test]
fn a_dead_listener_is_seen_through_its_living_child() {
    if let Some(path) = argument_of_child() {
        listen_and_leave_a_child(&Directory::open(path.as_ref()).unwrap());
    }
    let place = TestPlace::new();
    let directory = place.open();
    let mut child = Child::start(
        "socket::tests::a_dead_listener_is_seen_through_its_living_child",
        place.path(),
    );
    let grandchild: u32 = child.listen().unwrap().parse().unwrap();
    let connection = Connection::connect(&directory, "name").unwrap();
    let life = connection.peer_process().unwrap().unwrap();
    assert!(!life.is_dead().unwrap());
    child.kill();
    assert!(life.is_dead().unwrap());
    assert!(
        !connection.hung_up().unwrap(),
        "the grandchild keeps the connection"
    );
    let late = Connection::connect(&directory, "name").unwrap();
    let known_dead = late.peer_process().map_or_else(
        |error| error.kind() == ErrorKind::Disconnected,
        |life| life.unwrap().is_dead().unwrap(),
    );
    assert!(known_dead, "it accepts connections all the same");
    send_signal(grandchild, Signal::Kill).unwrap();
    wait_until_hung_up(&connection);
}

fn listen_and_leave_a_child(directory: &Directory) -> ! {
    let _listener = Listener::bind(directory, "name").unwrap();
    // SAFETY: the child runs nothing but `pause`.
    let grandchild = unsafe { nix::libc::syscall(nix::libc::SYS_fork) };
    if grandchild == 0 {
        loop {
            nix::unistd::pause();
        }
    }
    tell_parent(&grandchild.to_string());
    wait_for_parent();
    unreachable!("killed by the test")
}

#[test]
fn failing_calls_are_errors() {
    let place = TestPlace::new();
    let directory = place.open();
    let full = Errno::EMFILE as i32;
    for call in ["socket", "bind", "fchmodat", "listen"] {
        let error = failing(call, full, || Listener::bind(&directory, call)).unwrap_err();
        assert_eq!(error, Error::new(call, full));
    }
    let listener = Listener::bind(&directory, "name").unwrap();
    let waiting = Connection::connect(&directory, "name").unwrap();
    let error = failing("accept4", full, || listener.accept()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooManyOpenFiles);
    let accepted = listener.accept().unwrap().unwrap();
    for (errno, kind) in [
        (Errno::ETOOMANYREFS, ErrorKind::TooManyHandlesInFlight),
        (Errno::ENOBUFS, ErrorKind::OutOfMemory),
        (Errno::EPIPE, ErrorKind::Disconnected),
    ] {
        let error = failing("sendmsg", errno as i32, || waiting.send(b"x", &[])).unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    waiting.send(b"x", &[]).unwrap();
    for errno in [Errno::EINTR, Errno::ECONNRESET] {
        waiting.send(b"x", &[]).unwrap();
        failing("recvmsg", errno as i32, || message(&accepted));
    }
}

#[test]
fn a_forked_child_cannot_use_or_end_a_connection() {
    let place = TestPlace::new();
    let directory = place.open();
    let listener = Listener::bind(&directory, "name").unwrap();
    let (left, right) = Connection::pair().unwrap();
    let done = in_forked_child(|| {
        let after_fork = |error: Error| error.kind() == ErrorKind::UsedAfterFork;
        left.shutdown();
        listener.shutdown();
        after_fork(left.send(b"x", &[]).unwrap_err())
            && after_fork(left.receive(&mut [0; 8], 0).unwrap_err())
            && after_fork(left.hung_up().unwrap_err())
            && after_fork(left.peer_identity().unwrap_err())
            && after_fork(left.peer_process().unwrap_err())
            && after_fork(listener.accept().unwrap_err())
    });
    assert!(done.unwrap());
    left.send(b"still there", &[]).unwrap();
    assert_eq!(message(&right).0, b"still there");
    Connection::connect(&directory, "name").unwrap();
}

#[test]
fn a_stranger_is_no_memory() {
    let (left, right) = Connection::pair().unwrap();
    for (name, handle) in crate::zoo::strangers() {
        left.send(b"x", &[&handle]).unwrap();
        let sent = message(&right).1.handles.pop().unwrap();
        assert_eq!(
            PeerMemory::map(sent).unwrap_err(),
            VetError::WrongKind,
            "{name}"
        );
    }
}
