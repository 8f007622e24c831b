// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names are where programs of iceoryx2 0.10 look for them, and take the same generics. The compiler is the judge.

#![allow(
    unused_imports,
    dead_code,
    clippy::unwrap_used,
    reason = "that it compiles is all that is asked of it"
)]

/// Everything that one `use iceoryx2::prelude::*` brings.
mod prelude {
    use iceoryx2::prelude::*;

    type Names = (
        Node<ipc::Service>,
        NodeBuilder,
        NodeName,
        NodeState<ipc_threadsafe::Service>,
        Config,
        ServiceName,
        ServiceDetails<local::Service>,
        local_threadsafe::Service,
        AttributeSet,
        AttributeSpecifier,
        AttributeVerifier,
        MessagingPattern,
        PortName,
        BackpressureStrategy,
        AllocationStrategy,
        Alignment,
        CallbackProgression,
        SignalHandlingMode,
        LogLevel,
        FileName,
        FilePath,
        Path,
    );

    #[derive(Debug, Default, ZeroCopySend, PlacementDefault)]
    #[repr(C)]
    struct Derived {
        value: u8,
    }

    fn traits<P: ZeroCopySend + PlacementDefault, N: SemanticString, H: PayloadHeader>() {}

    fn factory<F: PortFactory>(factory: &F) {
        let _ = (factory.name(), factory.service_hash(), factory.attributes());
        let _ = (factory.static_config(), factory.dynamic_config());
        let _ = factory.unique_service_id();
        let _ = factory.nodes(|_| CallbackProgression::Continue);
    }

    fn service<S: Service>(name: &ServiceName, config: &Config) {
        let pattern = MessagingPattern::RequestResponse;
        let _ = S::list(config, |_| CallbackProgression::Stop);
        let _ = (
            S::details(name, config, pattern),
            S::does_exist(name, config, pattern),
        );
    }

    fn ports<P: UpdateConnections>(port: &P) {
        let _ = port.update_connections();
    }

    fn printing() {
        set_log_level(LogLevel::Info);
        set_log_level_from_env_or(LogLevel::Info);
        set_log_level_from_env_or_default();
        cout!("{}", 1);
        coutln!("{}", 2);
        cerr!("{}", 3);
        cerrln!("{}", 4);
    }
}

/// Every module.
mod modules {
    use iceoryx2::{
        config::Config,
        identifiers::{UniqueClientId, UniqueNodeId, UniqueServerId},
        node::{Node, NodeBuilder, NodeName, NodeState, NodeWaitFailure},
        port::{
            BackpressureAction, BackpressureInfo, DegradationAction, DegradationCause,
            DegradationInfo, LoanError, ReceiveError, SendError,
            backpressure_strategy::BackpressureStrategy,
            client::{Client, RequestSendError},
            port_name::PortName,
            server::Server,
            update_connections::{ConnectionFailure, UpdateConnections},
        },
        service::{
            Service, ServiceDetails, ServiceDetailsError, ServiceListError,
            attribute::{AttributeSet, AttributeSpecifier, AttributeVerifier},
            builder::request_response::{
                Builder, RequestResponseCreateError, RequestResponseOpenError,
                RequestResponseOpenOrCreateError,
            },
            dynamic_config::request_response::{ClientDetails, ServerDetails},
            header::{
                payload_header::PayloadHeader,
                request_response::{RequestHeader, ResponseHeader},
            },
            ipc, ipc_threadsafe, local, local_threadsafe,
            marker::{CustomHeaderMarker, CustomPayloadMarker},
            messaging_pattern::MessagingPattern,
            port_factory::{
                client::{ClientCreateError, PortFactoryClient},
                request_response::PortFactory,
                server::{PortFactoryServer, ServerCreateError},
            },
            service_hash::ServiceHash,
            service_name::ServiceName,
            static_config::{
                message_type_details::{MessageTypeDetails, TypeDetail, TypeVariant},
                request_response::StaticConfig,
            },
        },
        signal_handling_mode::SignalHandlingMode,
    };
}

/// The order and number of generics.
mod generics {
    use core::mem::MaybeUninit;
    use iceoryx2::{
        active_request::ActiveRequest,
        pending_response::PendingResponse,
        port::{client::Client, server::Server},
        prelude::ipc::Service,
        request_mut::RequestMut,
        request_mut_uninit::RequestMutUninit,
        response::Response,
        response_mut::ResponseMut,
        response_mut_uninit::ResponseMutUninit,
        service::port_factory::request_response::PortFactory,
    };

    fn request(
        factory: &PortFactory<Service, u64, u8, [u32], u16>,
    ) -> (
        Client<Service, u64, u8, [u32], u16>,
        Server<Service, u64, u8, [u32], u16>,
    ) {
        (
            factory.client_builder().create().unwrap(),
            factory.server_builder().create().unwrap(),
        )
    }

    fn ask(
        client: &Client<Service, u64, u8, [u32], u16>,
    ) -> PendingResponse<Service, u64, u8, [u32], u16> {
        let empty: RequestMutUninit<Service, MaybeUninit<u64>, u8, [u32], u16> =
            client.loan_uninit().unwrap();
        let request: RequestMut<Service, u64, u8, [u32], u16> = empty.write_payload(1);
        request.send().unwrap()
    }

    fn answer(active: &ActiveRequest<Service, u64, u8, [u32], u16>) {
        let empty: ResponseMutUninit<Service, [MaybeUninit<u32>], u16> =
            active.loan_slice_uninit(1).unwrap();
        let response: ResponseMut<Service, [u32], u16> = empty.write_from_slice(&[1]);
        response.send().unwrap();
    }

    fn receive(
        pending: &PendingResponse<Service, u64, u8, [u32], u16>,
    ) -> Option<Response<Service, [u32], u16>> {
        pending.receive().unwrap()
    }
}

/// The containers for messages.
mod containers {
    use iceoryx2_bb_container::{queue::FixedSizeQueue, string::StaticString, vector::StaticVec};

    type Names = (StaticString<8>, StaticVec<u8, 8>, FixedSizeQueue<u8, 8>);
}

// Fails if: any of these names moves, goes, or takes other generics: then this file does not compile.
#[test]
fn names_are_where_programs_of_0_10_look_for_them() {
    assert!(std::any::type_name::<iceoryx2::prelude::ipc::Service>().starts_with("iceoryx2::"));
}
