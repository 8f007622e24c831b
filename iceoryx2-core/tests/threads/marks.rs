// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which ports and messages may change threads, and which may not.
//!
//! Fails if: a thread-safe variant takes `LocalShared`; another takes `ThreadSafeShared`; a message holds a bare
//! pointer.

use iceoryx2::{
    active_request::ActiveRequest,
    pending_response::PendingResponse,
    port::{client::Client, server::Server},
    prelude::*,
    request_mut::RequestMut,
    request_mut_uninit::RequestMutUninit,
    response::Response,
    response_mut::ResponseMut,
    response_mut_uninit::ResponseMutUninit,
    service::port_factory::request_response::PortFactory,
};

type Uninit = core::mem::MaybeUninit<u64>;
type Factory<S> = PortFactory<S, u64, u8, u32, u16>;
type ClientOf<S> = Client<S, u64, u8, u32, u16>;
type ServerOf<S> = Server<S, u64, u8, u32, u16>;
type RequestOf<S> = RequestMut<S, u64, u8, u32, u16>;
type EmptyRequestOf<S> = RequestMutUninit<S, Uninit, u8, u32, u16>;
type PendingOf<S> = PendingResponse<S, u64, u8, u32, u16>;
type ActiveOf<S> = ActiveRequest<S, u64, u8, u32, u16>;
type ResponseOf<S> = Response<S, u64, u8>;
type AnswerOf<S> = ResponseMut<S, u64, u8>;
type EmptyAnswerOf<S> = ResponseMutUninit<S, Uninit, u8>;
type SliceOf<S> = RequestMut<S, [u64], u8, [u32], u16>;

const fn is_send<T: Send>() {}
const fn is_sync<T: Sync>() {}

/// Does not compile if the type is marked: then two implementations could be meant.
macro_rules! assert_not {
    ($type:ty: $mark:path) => {
        const _: fn() = || {
            trait Ambiguous<Which> {
                fn which() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            struct Marked;
            impl<T: ?Sized + $mark> Ambiguous<Marked> for T {}
            let _ = <$type as Ambiguous<_>>::which;
        };
    };
}

macro_rules! threads_share {
    ($service:ty) => {
        const _: () = {
            is_send::<Node<$service>>();
            is_sync::<Node<$service>>();
            is_send::<Factory<$service>>();
            is_sync::<Factory<$service>>();
            is_send::<ClientOf<$service>>();
            is_sync::<ClientOf<$service>>();
            is_send::<ServerOf<$service>>();
            is_sync::<ServerOf<$service>>();
            is_send::<RequestOf<$service>>();
            is_send::<EmptyRequestOf<$service>>();
            is_send::<SliceOf<$service>>();
            is_send::<PendingOf<$service>>();
            is_send::<ActiveOf<$service>>();
            is_send::<ResponseOf<$service>>();
            is_send::<AnswerOf<$service>>();
            is_send::<EmptyAnswerOf<$service>>();
        };
    };
}

macro_rules! one_thread_has {
    ($service:ty) => {
        const _: () = {
            is_send::<Factory<$service>>();
            is_sync::<Factory<$service>>();
        };
        assert_not!(ClientOf<$service>: Send);
        assert_not!(ClientOf<$service>: Sync);
        assert_not!(ServerOf<$service>: Send);
        assert_not!(ServerOf<$service>: Sync);
        assert_not!(RequestOf<$service>: Send);
        assert_not!(RequestOf<$service>: Sync);
        assert_not!(EmptyRequestOf<$service>: Send);
        assert_not!(EmptyRequestOf<$service>: Sync);
        assert_not!(PendingOf<$service>: Send);
        assert_not!(PendingOf<$service>: Sync);
        assert_not!(ActiveOf<$service>: Send);
        assert_not!(ActiveOf<$service>: Sync);
        assert_not!(ResponseOf<$service>: Send);
        assert_not!(ResponseOf<$service>: Sync);
        assert_not!(AnswerOf<$service>: Send);
        assert_not!(AnswerOf<$service>: Sync);
        assert_not!(EmptyAnswerOf<$service>: Send);
        assert_not!(EmptyAnswerOf<$service>: Sync);
    };
}

threads_share!(ipc_threadsafe::Service);
threads_share!(local_threadsafe::Service);
one_thread_has!(ipc::Service);
one_thread_has!(local::Service);
