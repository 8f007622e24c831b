// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Rendezvous: how a client finds a server and what they tell each other before they share memory.
//!
//! A [`Listener`] has a name in a place; a [`Link`] is one connection to it. Links carry small messages with handles,
//! say who the peer is, and hang up when the peer's process is gone. A [`ChangeHint`] says cheaply that it may be
//! worth looking for somebody new; a [`PlaceWatch`] wakes who has nobody to wait for.

#[cfg(test)]
pub(crate) mod conformance;
mod door;
mod error;
mod hint_words;
mod link;
mod listener;
mod local_link;
mod peer_process;
mod place_bell;
mod place_watch;
#[cfg(test)]
pub(crate) mod place_watch_conformance;
mod this_process;

use crate::{
    SystemError,
    static_storage::{StaticStorage, StorageError},
};
use core::fmt::Debug;
pub use door::LocalListener;
pub use hint_words::HintWords;
pub use iceoryx2_bb_posix::watch::Watch;
pub use local_link::LocalLink;
pub use place_bell::PlaceBell;
pub use this_process::ThisProcess;

/// The longest message a link carries, in bytes.
pub const MESSAGE_SIZE_MAX: usize = 1024;

/// The most handles one message may carry.
pub const HANDLES_MAX: usize = 4;

/// Where peers come in.
pub trait Listener: Debug + Send + Sync + Sized + 'static {
    /// Where it has its name.
    type Storage: StaticStorage;
    /// What it accepts.
    type Link;
    /// What a wait set waits for: readable when a peer came.
    type Source<'a>
    where
        Self: 'a;

    /// Begins to listen under a temporary name.
    ///
    /// # Errors
    /// [`StorageError`].
    fn bind(storage: &Self::Storage, temporary_name: &str) -> Result<Self, StorageError>;

    /// Gives the listener its final name. From here on peers find it.
    ///
    /// # Errors
    /// [`StorageError`].
    fn publish(
        &self,
        storage: &Self::Storage,
        temporary_name: &str,
        name: &str,
    ) -> Result<(), StorageError>;

    /// The next peer; `None` if nobody waits. Never blocks.
    ///
    /// # Errors
    /// `TooManyOpenFiles` and its like: the peer stays in the queue.
    fn accept(&self) -> Result<Option<Self::Link>, SystemError>;

    /// Whether [`accept`](Self::accept) would find somebody; costs less than to find out by that.
    fn has_waiting(&self) -> bool;

    /// Stops listening at once, whoever else holds a duplicate.
    fn shutdown(&self);

    /// To be attached level-triggered.
    fn source(&self) -> Self::Source<'_>;
}

/// Who is at the other end, as the system attests it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerIdentity {
    /// Process id in our namespace; 0 if it has none there.
    pub pid: u32,
    /// Effective user id.
    pub uid: u32,
    /// Effective group id.
    pub gid: u32,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is on its way.
    Sent,
    /// There is no room for it now.
    WouldBlock,
}

/// What a link had for us.
#[derive(Debug)]
pub enum Received<H> {
    /// Nothing yet.
    Nothing,
    /// A message of so many bytes, with its handles in the order they were sent.
    Message {
        /// Bytes written to the buffer.
        len: usize,
        /// Handles; surplus ones were closed.
        handles: Vec<H>,
        /// Something is missing: handles, because this process has too many open files or there were more than
        /// [`HANDLES_MAX`]; or the end of a message longer than [`MESSAGE_SIZE_MAX`].
        truncated: bool,
    },
    /// The peer is gone, and everything it had sent has been received.
    End,
}

/// Why there is no link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody has that name.
    NotFound,
    /// The name is there but nobody listens: a dead listener's.
    Refused,
    /// The listener lives and its queue is full: try again.
    Busy,
    /// The system refused.
    System(SystemError),
}

/// One connection. Nothing here ever blocks.
pub trait Link: Debug + Send + Sync + Sized + 'static {
    /// Where listeners have their names.
    type Storage: StaticStorage;
    /// What travels with a message.
    type Handle;
    /// The life of the peer's process.
    type PeerProcess;
    /// What a wait set waits for.
    type Source<'a>
    where
        Self: 'a;

    /// Connects to the listener `name`.
    ///
    /// # Errors
    /// [`ConnectError`].
    fn connect(storage: &Self::Storage, name: &str) -> Result<Self, ConnectError>;

    /// Sends one message whole, with at most [`HANDLES_MAX`] handles.
    ///
    /// # Errors
    /// `Disconnected` if the peer is gone, `TooManyHandlesInFlight`, `OutOfMemory`.
    fn send(&self, message: &[u8], handles: &[&Self::Handle]) -> Result<Sent, SystemError>;

    /// Takes the next message.
    ///
    /// # Errors
    /// What the system refuses; never merely because the peer is gone.
    fn receive(
        &self,
        buffer: &mut [u8; MESSAGE_SIZE_MAX],
    ) -> Result<Received<Self::Handle>, SystemError>;

    /// Wakes a peer that waits on its end of the link, by one byte. No room means it was woken already.
    fn ring(&self);

    /// Hangs up at once, whoever else holds a duplicate.
    fn shutdown(&self);

    /// Who is at the other end.
    ///
    /// # Errors
    /// What the system refuses.
    fn peer(&self) -> Result<PeerIdentity, SystemError>;

    /// The life of the peer's process (of the listener's, for who connected); `None` where the system cannot tell.
    ///
    /// # Errors
    /// `Disconnected` if the peer is gone already.
    fn peer_process(&self) -> Result<Option<Self::PeerProcess>, SystemError>;

    /// Whether the peer has hung up. Costs a system call.
    fn hung_up(&self) -> bool;

    /// To be attached level-triggered: readable for a message, hung up at the end.
    fn source(&self) -> Self::Source<'_>;
}

/// The life of another process.
pub trait PeerProcess: Debug + Send + Sync + Sized + 'static {
    /// What a wait set waits for: readable once the process has ended.
    type Source<'a>
    where
        Self: 'a;

    /// Whether it has ended. Costs a system call.
    fn is_dead(&self) -> bool;

    /// To be attached level-triggered.
    fn source(&self) -> Self::Source<'_>;
}

/// Which word of a [`ChangeHint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// Servers came.
    Servers,
    /// Clients came, or left in an orderly way.
    Clients,
    /// Servers have answered clients that came, or turned them away.
    Answers,
}

/// Three words that nobody trusts: whatever they say, they cost at most one look.
pub trait ChangeHint: Debug + Send + Sync + Sized + 'static {
    /// A word that was found once, to be looked at often.
    type Word: HintWord;

    /// Finds a word; `None` where a [`load`](Self::load) costs as little as it may.
    fn find(&self, hint: Hint) -> Option<Self::Word>;

    /// The word's value, with Acquire: what was done before the bump it shows is visible.
    fn load(&self, hint: Hint) -> u64;

    /// Changes the word, with Release. Does nothing where the hint is not ours to write.
    fn bump(&self, hint: Hint);
}

/// A word of a [`ChangeHint`]. In a forked child it says nothing.
pub trait HintWord: Debug + Send + Sync + Sized + 'static {
    /// What [`ChangeHint::load`] says of it.
    fn load(&self) -> u64;
}

impl HintWord for core::convert::Infallible {
    fn load(&self) -> u64 {
        match *self {}
    }
}

/// Wakes when names come into a place.
pub trait PlaceWatch: Debug + Send + Sync + Sized + 'static {
    /// The kind of place.
    type Storage: StaticStorage;
    /// What a wait set waits for.
    type Source<'a>
    where
        Self: 'a;

    /// Begins to watch; take it first, then look.
    ///
    /// # Errors
    /// What the system refuses: users have few watches. Then look now and again.
    fn create(storage: &Self::Storage) -> Result<Self, SystemError>;

    /// Becomes unreadable until the next name comes: to be called after each wake and before looking, for a name that
    /// comes twice in a row wakes only once otherwise.
    fn drain(&self);

    /// To be attached level-triggered or edge-triggered, and [drained](Self::drain) after each wake.
    fn source(&self) -> Self::Source<'_>;
}
