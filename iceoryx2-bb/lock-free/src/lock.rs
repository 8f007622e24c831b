// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A lock that costs next to nothing as long as one thread takes it again and again.
//!
//! An atomic exchange takes longer than anything else a message needs, and a round trip takes the lock many times. So
//! a thread that has taken the lock often and undisturbed becomes its *owner*, and from then on takes it with plain
//! stores. Whoever else wants it must first end the ownership, which costs a system call, and lets the lock be an
//! ordinary one until some thread has earned it again.
//!
//! ```text
//!     lock    owner:  badge of the thread that owns the lock, 0: none      written while `holder` is held
//!             holder: badge of the thread inside that came in the ordinary way, 0: none
//!     badge   inside: the lock this thread is inside of as its owner       written by its thread only
//!
//!     the owner                                 somebody else
//!     ---------                                 -------------
//!     owner = me?                               holder: 0 → me                              (exchange, Acquire)
//!     my inside = this lock       (1)           owner ≠ 0?  owner = 0                       (3)
//!     light half of a fence                                 heavy half of the fence
//!     owner still = me?           (2)                       its inside ≠ this lock, or wait (4)
//!        yes: inside                            inside
//!        no:  my inside = 0, as somebody else
//!     …                                         …
//!     my inside = 0               (Release)     took it often in a row? owner = me
//!                                               holder = 0                                  (Release)
//! ```
//!
//! *One at a time.* Two threads inside would have to be the owner and the holder, for each word admits one. The holder
//! has stored (3) and read that the owner is not inside (4); the owner has stored (1) and then read itself at (2). The
//! two halves make a fence between (1) and (2) and between (3) and (4), and so forbid that both reads miss the other's
//! store. A thread becomes owner only while it is the holder, so there is none beside it.
//!
//! *A word of its own.* A thread that has lost the ownership may learn it late, between (1) and (2), when another owns
//! the lock. What it stores there is on its own badge, and nobody asks for that any more.
//!
//! *What was written is seen.* By the next holder through `holder`; by a holder after an owner through `inside`; by an
//! owner because no other thread was inside since it became one.
//!
//! *Nobody waits for a thread that wants nothing.* Ending an ownership needs no help of the owner, only that it leaves
//! when it is inside. How a thread waits for another to leave is the [`Ground`]'s matter.
//!
//! *How often.* A thread becomes owner after [`PATIENCE_MIN`] entries in a row, and after twice as many each time an
//! ownership was ended, up to [`PATIENCE_MAX`]: what ending costs is spread over ever more entries.

use crate::primitive::{AtomicWord, Ordering, light_fence};
use core::ptr;
use crossbeam_utils::CachePadded;

/// So many entries in a row make the first owner.
pub const PATIENCE_MIN: u64 = 64;

/// More are never asked for.
pub const PATIENCE_MAX: u64 = 1 << 20;

const NOBODY: u64 = 0;
const NESTED: &str = "a port was used from within a call to the same port";

/// What a thread is known by, and where it says which lock it is inside of as its owner.
#[derive(Debug)]
pub struct Badge {
    // WHY padded: its thread writes it with every call, and the badges of other threads lie beside it.
    inside: CachePadded<AtomicWord>,
}

impl Badge {
    /// The badge of a thread that is inside of no lock.
    // WHY not const: under loom it cannot be.
    #[must_use]
    pub fn new() -> Self {
        Self {
            inside: CachePadded::new(AtomicWord::new(NOBODY)),
        }
    }

    #[inline]
    fn word(&'static self) -> u64 {
        ptr::from_ref(self).expose_provenance() as u64
    }

    /// The badge that a word names which is not [`NOBODY`].
    #[expect(
        clippy::cast_possible_truncation,
        reason = "an address, which the word was made of"
    )]
    fn of(word: u64) -> &'static Self {
        // SAFETY: such words come from `word` only, and a badge is for ever.
        unsafe { &*ptr::with_exposed_provenance(word as usize) }
    }
}

impl Default for Badge {
    fn default() -> Self {
        Self::new()
    }
}

/// What a lock needs of the system.
///
/// # Safety
/// [`badge`](Self::badge) gives no two threads the same badge at a time; a badge changes hands only when what its last
/// thread did happens before what the next one does. When [`heavy_fence`](Self::heavy_fence) returns, every thread of
/// this process has executed a full fence since it was called. [`pause`](Self::pause) returns `false` only in a child
/// that was forked from the process the lock was made in.
pub unsafe trait Ground {
    /// The badge of the calling thread.
    fn badge(&self) -> &'static Badge;

    /// Whether threads may become owners: there is a heavy fence.
    fn has_heavy_fence(&self) -> bool;

    /// Makes every thread of this process execute a full fence. Only called where
    /// [`has_heavy_fence`](Self::has_heavy_fence) says so.
    fn heavy_fence(&self);

    /// Waits a moment for another thread to leave, the longer the higher `round` is. `false`: it never will, because
    /// it is a thread of the process this one was forked from.
    fn pause(&self, round: u32) -> bool;
}

/// The lock. What it guards lies elsewhere. It stays where it is while a thread is inside.
#[derive(Debug)]
pub(crate) struct Lock {
    owner: AtomicWord,
    holder: AtomicWord,
    // The rest is for the holder alone.
    latest: AtomicWord,
    entries: AtomicWord,
    patience: AtomicWord,
    /// Not 0: it was taken from a thread that never left.
    broken: AtomicWord,
}

/// How a thread came in, and so how it goes out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pass {
    badge: &'static Badge,
    as_owner: bool,
}

impl Lock {
    pub(crate) fn new(patience: u64) -> Self {
        Self {
            owner: AtomicWord::new(NOBODY),
            holder: AtomicWord::new(NOBODY),
            latest: AtomicWord::new(NOBODY),
            entries: AtomicWord::new(0),
            patience: AtomicWord::new(patience),
            broken: AtomicWord::new(0),
        }
    }

    /// What says in a badge that its thread is inside of this lock.
    #[inline]
    fn name(&self) -> u64 {
        ptr::from_ref(self).addr() as u64
    }

    /// Comes in, alone.
    ///
    /// # Panics
    /// If the calling thread is inside already.
    #[inline]
    pub(crate) fn enter(&self, ground: &impl Ground) -> Pass {
        let badge = ground.badge();
        let me = badge.word();
        // WHY: a thread inside of another lock as its owner comes in here in the ordinary way.
        let inside = badge.inside.load(Ordering::Relaxed);
        if inside == NOBODY && self.owner.load(Ordering::Relaxed) == me {
            badge.inside.store(self.name(), Ordering::Relaxed);
            // ORDERING(owner): pairs with the heavy fence in `end_ownership`.
            light_fence();
            if self.owner.load(Ordering::Relaxed) == me {
                return Pass {
                    badge,
                    as_owner: true,
                };
            }
            // ORDERING(inside): pairs with the load in `end_ownership`.
            badge.inside.store(NOBODY, Ordering::Release);
        }
        assert!(inside != self.name(), "{NESTED}");
        self.enter_as_holder(me, ground);
        Pass {
            badge,
            as_owner: false,
        }
    }

    #[cold]
    fn enter_as_holder(&self, me: u64, ground: &impl Ground) {
        let mut round = 0;
        // ORDERING(holder): pairs with the store in `leave_as_holder`.
        while let Err(holder) =
            self.holder
                .compare_exchange(NOBODY, me, Ordering::Acquire, Ordering::Relaxed)
        {
            assert!(holder != me, "{NESTED}");
            if !ground.pause(round) {
                // WHY: the holder is a thread of another process, whose memory this is a copy of.
                self.broken.store(1, Ordering::Relaxed);
                let _ = self.holder.compare_exchange(
                    holder,
                    NOBODY,
                    Ordering::Relaxed,
                    Ordering::Relaxed,
                );
            }
            round = round.saturating_add(1);
        }
        let owner = self.owner.load(Ordering::Relaxed);
        if owner != NOBODY && owner != me {
            self.end_ownership(Badge::of(owner), ground);
        }
    }

    /// Called by the holder.
    fn end_ownership(&self, owner: &Badge, ground: &impl Ground) {
        self.owner.store(NOBODY, Ordering::Relaxed);
        // ORDERING(owner): pairs with the light fence in `enter`.
        ground.heavy_fence();
        let mut round = 0;
        // ORDERING(inside): pairs with the stores in `enter` and `leave`.
        while owner.inside.load(Ordering::Acquire) == self.name() {
            if !ground.pause(round) {
                // WHY: as in `enter_as_holder`.
                self.broken.store(1, Ordering::Relaxed);
                break;
            }
            round = round.saturating_add(1);
        }
        let patience = self.patience.load(Ordering::Relaxed);
        self.patience
            .store((patience * 2).min(PATIENCE_MAX), Ordering::Relaxed);
    }

    /// Goes out.
    #[inline]
    pub(crate) fn leave(&self, pass: Pass, ground: &impl Ground) {
        if pass.as_owner {
            // ORDERING(inside): pairs with the load in `end_ownership`.
            pass.badge.inside.store(NOBODY, Ordering::Release);
        } else {
            self.leave_as_holder(pass.badge.word(), ground);
        }
    }

    #[cold]
    fn leave_as_holder(&self, me: u64, ground: &impl Ground) {
        let again = self.latest.load(Ordering::Relaxed) == me;
        let entries = if again {
            self.entries.load(Ordering::Relaxed) + 1
        } else {
            1
        };
        self.latest.store(me, Ordering::Relaxed);
        self.entries.store(entries, Ordering::Relaxed);
        if entries >= self.patience.load(Ordering::Relaxed) && ground.has_heavy_fence() {
            self.entries.store(0, Ordering::Relaxed);
            self.owner.store(me, Ordering::Relaxed);
        }
        // ORDERING(holder): pairs with the exchange in `enter_as_holder`.
        self.holder.store(NOBODY, Ordering::Release);
    }

    /// Whether a thread of another process was inside when this one was forked from it.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed) != 0
    }
}
