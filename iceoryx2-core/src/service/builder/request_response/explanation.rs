// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an error has no room for.
//!
//! Programs written for iceoryx2 0.10 match on variants that carry nothing, so `DoesNotExist` cannot say which service
//! was looked for where. Each thread therefore remembers the whole sentence of the last refusal it got, and the error is
//! displayed with it:
//!
//! ```text
//! open() ─ refused ─▶ explain(DoesNotExist, "the service \"a\" does not exist in …")   remembered by this thread
//! Display ◀─ of(DoesNotExist): the last refusal was of this variant ─ its sentence
//!                              it was of another, or another thread's ─ what the variant means in general
//! ```
//!
//! What this cannot do: an error that is kept while the same thread is refused again for the same reason, but for
//! another service, speaks of that other one. Display it before trying again.

use super::{RequestResponseCreateError as CreateError, RequestResponseOpenError as OpenError};
use core::{
    cell::RefCell,
    mem::{Discriminant, discriminant},
};

thread_local! {
    static LAST: RefCell<Option<Explanation>> = const { RefCell::new(None) };
}

struct Explanation {
    variant: Variant,
    sentence: String,
}

/// Which error a sentence is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    Open(Discriminant<OpenError>),
    Create(Discriminant<CreateError>),
}

impl From<&OpenError> for Variant {
    fn from(error: &OpenError) -> Self {
        Self::Open(discriminant(error))
    }
}

impl From<&CreateError> for Variant {
    fn from(error: &CreateError) -> Self {
        Self::Create(discriminant(error))
    }
}

/// Remembers the whole sentence of `error`, in one line whatever names are in it.
pub(super) fn explain<E>(error: E, sentence: &str) -> E
where
    for<'a> Variant: From<&'a E>,
{
    tracing::debug!("{sentence}");
    let explanation = Explanation {
        variant: (&error).into(),
        sentence: sentence.replace(char::is_control, " "),
    };
    // WHY: a thread that ends has no memory any more, and then no sentence is better than a panic.
    let _ = LAST.try_with(|last| {
        if let Ok(mut last) = last.try_borrow_mut() {
            *last = Some(explanation);
        }
    });
    error
}

/// The sentence of this thread's last refusal, if that was one of this variant.
pub(super) fn of(variant: Variant) -> Option<String> {
    let sentence = |last: &RefCell<Option<Explanation>>| {
        let last = last.try_borrow().ok()?;
        let last = last.as_ref().filter(|last| last.variant == variant)?;
        Some(last.sentence.clone())
    };
    LAST.try_with(sentence).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::{CreateError, OpenError, explain};

    #[test]
    fn the_last_refusal_of_a_thread_is_told_in_full_and_any_other_in_general() {
        let general = OpenError::DoesNotExist.to_string();
        let error = explain(OpenError::DoesNotExist, "no \"a\"\nhere");
        assert_eq!(error.to_string(), "no \"a\" here");
        let elsewhere = std::thread::spawn(|| OpenError::DoesNotExist.to_string());
        assert_eq!(elsewhere.join().unwrap(), general);
        assert_ne!(OpenError::VersionMismatch.to_string(), "no \"a\" here");

        let denied = explain(CreateError::InsufficientPermissions, "not there");
        assert_eq!(denied.to_string(), "not there");
        assert_eq!(error.to_string(), general);
        assert_ne!(
            OpenError::InsufficientPermissions.to_string(),
            denied.to_string()
        );
    }
}
