// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The porting contract. A backend is a folder here that provides the modules below; the public files of this crate
//! document what they mean and pass every call on. Porting is writing one such folder and making the tests pass.
//!
//! | module         | what it gives |
//! |----------------|---------------|
//! | `errno`        | the system's error numbers as kinds and words |
//! | `call`         | the one gate of all system calls: hooks, restarts, errors |
//! | `fork`         | a call back before, and after in parent and in child |
//! | `handle`       | closing |
//! | `heavy_fence`  | a fence in every thread of the process at once, or that there is none |
//! | `memory`       | anonymous memory of one writer, committed on demand, that holders of its handle can neither write nor shrink, and the vetting of such a handle (a backend without seals says *cooperative peers only*) |
//! | `socket`       | connections by name that keep message boundaries, pass handles, attest the peer and report its end; never blocking |
//! | `doorbell`     | a wake-up without data whose ring cannot block |
//! | `poll`         | one wait for many, level- and edge-triggered, nestable, with a deadline that signals do not cut short; one for a few, given with the wait |
//! | `process`      | the death of a peer's process, immune to reuse of its number; with feature `tools` signals, children and processors for tests |
//! | `directory`    | a directory by what it is and not by its path, files that appear whole or not at all, a lock the kernel gives back |
//! | `file`         | reading and writing regular files; full disks and limits are errors, never signals |
//! | `lock_file`    | byte locks that belong to an open file and that the kernel gives back |
//! | `shared_words` | a few words of a file, mapped by those who may write it, read by the rest |
//! | `watch`        | a wake-up when names come into a directory |
//! | `termination`  | the user's wish to end, seen by every thread |
//! | `trace`        | what a child does, by instructions and by system calls; with feature `tools` only |
//! | `clock`        | monotonic time |
//! | `timer`        | a moment that can be waited for; where there is none, waits have their own time limits |
//! | `random`       | unguessable bits |
//! | `user`         | who we are |

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;
