// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a message says beside its payload: a header of the user's own, in each direction.

use core::time::Duration;
use iceoryx2::prelude::*;
use iceoryx2_examples::command_line::{Arguments, Ending, run};
use std::process::ExitCode;

/// Beside each request.
#[derive(Debug, Default, ZeroCopySend)]
#[repr(C)]
struct Asked {
    by_table: u32,
    is_urgent: bool,
}

/// Beside each response.
#[derive(Debug, Default, ZeroCopySend)]
#[repr(C)]
struct Answered {
    requests_before: u64,
}

fn main() -> ExitCode {
    run("", example)
}

fn example(arguments: Arguments) -> Ending {
    arguments.finish()?;
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let service = node
        .service_builder(&"Examples/UserHeader".try_into()?)
        .request_response::<u64, u64>()
        .request_user_header::<Asked>()
        .response_user_header::<Answered>()
        .open_or_create()?;
    let server = service.server_builder().create()?;
    let client = service.client_builder().create()?;

    for number in 0..3 {
        let mut request = client.loan_uninit()?;
        request.user_header_mut().by_table = 7;
        request.user_header_mut().is_urgent = number == 2;
        let pending = request.write_payload(number).send()?;

        let request = server.blocking_receive()?;
        println!("request {}: {:?}", *request, request.user_header());
        let mut response = request.loan_uninit()?;
        response.user_header_mut().requests_before = number;
        response.write_payload(*request * *request).send()?;

        let response = pending.timed_receive(Duration::from_secs(10))?;
        println!("  response {}: {:?}", *response, response.user_header());
    }
    Ok(())
}
