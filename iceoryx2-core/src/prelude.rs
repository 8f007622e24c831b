// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What most programs need, for `use iceoryx2::prelude::*`.

pub use crate::{
    callback_progression::CallbackProgression,
    config::Config,
    logging::{
        LogLevel, set_log_level, set_log_level_from_env_or, set_log_level_from_env_or_default,
    },
    node::{Node, NodeBuilder, NodeName, NodeState},
    port::{
        allocation_strategy::AllocationStrategy, backpressure_strategy::BackpressureStrategy,
        port_name::PortName, update_connections::UpdateConnections,
    },
    service::{
        Service, ServiceDetails,
        alignment::Alignment,
        attribute::{AttributeSet, AttributeSpecifier, AttributeVerifier},
        header::payload_header::PayloadHeader,
        ipc, ipc_threadsafe, local, local_threadsafe,
        messaging_pattern::MessagingPattern,
        port_factory::PortFactory,
        service_name::ServiceName,
    },
    signal_handling_mode::SignalHandlingMode,
};
pub use crate::{cerr, cerrln, cout, coutln};
pub use iceoryx2_bb_container::{FileName, FilePath, Path, SemanticString};
pub use iceoryx2_bb_elementary::{PlacementDefault, ZeroCopySend};
