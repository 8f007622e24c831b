// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A lock that costs next to nothing as long as one thread takes it again and again.
//!
//! An atomic exchange takes longer than anything else a message needs, and a round trip takes the lock many times. So
//! a thread that has taken the lock often and undisturbed becomes its *owner*, and from then on takes it with plain
//! stores. Whoever else wants it must first end the ownership, which costs a system call, and lets the lock be an
//! ordinary one until some thread has earned it again.
//!
//! ```text
//!     owner:  number of the thread that owns the lock, 0: none          written while `holder` is held
//!     busy:   1 while the owner is inside                               written by the owner
//!     holder: number of the thread inside that is not the owner, 0: none
//!
//!     the owner                                 somebody else
//!     ---------                                 -------------
//!     owner = me?                               holder: 0 → me                            (exchange, Acquire)
//!     busy = 1                    (1)           owner ≠ 0?  owner = 0                     (3)
//!     light half of a fence                                 heavy half of the fence
//!     owner still = me?           (2)                       busy = 0, or wait until it is (4)
//!        yes: inside                            inside
//!        no:  busy = 0, as somebody else
//!     …                                         …
//!     busy = 0                    (Release)     took it often in a row? owner = me
//!                                               holder = 0                                (Release)
//! ```
//!
//! *One at a time.* Two threads inside would have to be the owner and the holder, for each word admits one. The holder
//! has stored (3) and read `busy` = 0 (4); the owner has stored (1) and then read itself at (2). The two halves make a
//! fence between (1) and (2) and between (3) and (4), and so forbid that both reads miss the other's store. A thread
//! becomes owner only while it is the holder, so there is none beside it.
//!
//! *What was written is seen.* By the next holder through `holder`; by a holder after an owner through `busy`; by an
//! owner because no other thread was inside since it became one.
//!
//! *Nobody waits for a thread that wants nothing.* Ending an ownership needs no help of the owner, only that it leaves
//! when it is inside. How a thread waits for another to leave is the [`Ground`]'s matter.
//!
//! *How often.* A thread becomes owner after [`PATIENCE_MIN`] entries in a row, and after twice as many each time an
//! ownership was ended, up to [`PATIENCE_MAX`]: what ending costs is spread over ever more entries.

use crate::primitive::{AtomicWord, Ordering, light_fence};

/// So many entries in a row make the first owner.
pub const PATIENCE_MIN: u64 = 64;

/// More are never asked for.
pub const PATIENCE_MAX: u64 = 1 << 20;

const NESTED: &str = "a port was used from within a call to the same port";

/// What a lock needs of the system.
///
/// # Safety
/// [`thread`](Self::thread) gives two threads that ever use the same lock two numbers, neither of them 0. When
/// [`heavy_fence`](Self::heavy_fence) returns, every thread of this process has executed a full fence since it was
/// called. [`pause`](Self::pause) returns `false` only in a child that was forked from the process the lock was made
/// in.
pub unsafe trait Ground {
    /// The number of the calling thread.
    fn thread(&self) -> u64;

    /// Whether threads may become owners: there is a heavy fence.
    fn has_heavy_fence(&self) -> bool;

    /// Makes every thread of this process execute a full fence. Only called where
    /// [`has_heavy_fence`](Self::has_heavy_fence) says so.
    fn heavy_fence(&self);

    /// Waits a moment for another thread to leave, the longer the higher `round` is. `false`: it never will, because
    /// it is a thread of the process this one was forked from.
    fn pause(&self, round: u32) -> bool;
}

/// The lock. What it guards lies elsewhere.
#[derive(Debug)]
pub(crate) struct Lock {
    owner: AtomicWord,
    busy: AtomicWord,
    holder: AtomicWord,
    // The rest is for the holder alone.
    latest: AtomicWord,
    entries: AtomicWord,
    patience: AtomicWord,
    /// Not 0: it was taken from a thread that never left.
    broken: AtomicWord,
}

/// How a thread came in, and so how it goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Owner,
    Holder,
}

impl Lock {
    pub(crate) fn new(patience: u64) -> Self {
        Self {
            owner: AtomicWord::new(0),
            busy: AtomicWord::new(0),
            holder: AtomicWord::new(0),
            latest: AtomicWord::new(0),
            entries: AtomicWord::new(0),
            patience: AtomicWord::new(patience),
            broken: AtomicWord::new(0),
        }
    }

    /// Comes in, alone.
    ///
    /// # Panics
    /// If the calling thread is inside already.
    #[inline]
    pub(crate) fn enter(&self, ground: &impl Ground) -> Way {
        let me = ground.thread();
        if self.owner.load(Ordering::Relaxed) == me {
            assert!(self.busy.load(Ordering::Relaxed) == 0, "{NESTED}");
            self.busy.store(1, Ordering::Relaxed);
            // ORDERING(owner): pairs with the heavy fence in `end_ownership`.
            light_fence();
            if self.owner.load(Ordering::Relaxed) == me {
                return Way::Owner;
            }
            // ORDERING(busy): pairs with the load in `end_ownership`.
            self.busy.store(0, Ordering::Release);
        }
        self.enter_as_holder(me, ground);
        Way::Holder
    }

    #[cold]
    fn enter_as_holder(&self, me: u64, ground: &impl Ground) {
        let mut round = 0;
        // ORDERING(holder): pairs with the store in `leave`.
        while let Err(holder) =
            self.holder
                .compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed)
        {
            assert!(holder != me, "{NESTED}");
            if !ground.pause(round) {
                // WHY: the holder is a thread of another process, whose memory this is a copy of.
                self.broken.store(1, Ordering::Relaxed);
                let _ =
                    self.holder
                        .compare_exchange(holder, 0, Ordering::Relaxed, Ordering::Relaxed);
            }
            round = round.saturating_add(1);
        }
        if self.owner.load(Ordering::Relaxed) != 0 {
            self.end_ownership(ground);
        }
    }

    /// Called by the holder.
    fn end_ownership(&self, ground: &impl Ground) {
        self.owner.store(0, Ordering::Relaxed);
        // ORDERING(owner): pairs with the light fence in `enter`.
        ground.heavy_fence();
        let mut round = 0;
        // ORDERING(busy): pairs with the stores in `enter` and `leave`.
        while self.busy.load(Ordering::Acquire) != 0 {
            if !ground.pause(round) {
                // WHY: as in `enter_as_holder`.
                self.broken.store(1, Ordering::Relaxed);
                self.busy.store(0, Ordering::Relaxed);
            }
            round = round.saturating_add(1);
        }
        let patience = self.patience.load(Ordering::Relaxed);
        self.patience
            .store((patience * 2).min(PATIENCE_MAX), Ordering::Relaxed);
    }

    /// Goes out.
    #[inline]
    pub(crate) fn leave(&self, way: Way, ground: &impl Ground) {
        match way {
            // ORDERING(busy): pairs with the load in `end_ownership`.
            Way::Owner => self.busy.store(0, Ordering::Release),
            Way::Holder => self.leave_as_holder(ground),
        }
    }

    #[cold]
    fn leave_as_holder(&self, ground: &impl Ground) {
        let me = ground.thread();
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
        self.holder.store(0, Ordering::Release);
    }

    /// Whether a thread of another process was inside when this one was forked from it.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed) != 0
    }
}
