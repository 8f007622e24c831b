// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a service says of itself, and how who opens it requires that.

use iceoryx2::{prelude::*, service::builder::request_response::RequestResponseOpenError};
use iceoryx2_examples::command_line::{Arguments, Ending, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    run("", example)
}

fn example(arguments: Arguments) -> Ending {
    arguments.finish()?;
    let node = NodeBuilder::new().create::<ipc::Service>()?;
    let name = format!("Examples/Attributes/{}", node.id());
    let name = name.as_str().try_into()?;
    let builder = || node.service_builder(&name).request_response::<u64, u64>();

    // Who creates the service defines them. A key may have several values.
    let defined = AttributeSpecifier::new()
        .define(&"kitchen".try_into()?, &"italian".try_into()?)?
        .define(&"speaks".try_into()?, &"en".try_into()?)?
        .define(&"speaks".try_into()?, &"it".try_into()?)?;
    let created = builder().create_with_attributes(&defined)?;
    println!("created with {}", created.attributes());

    // Who opens it requires what it needs: a value among those of a key, or any value of a key.
    let required = AttributeVerifier::new()
        .require(&"speaks".try_into()?, &"it".try_into()?)?
        .require_key(&"kitchen".try_into()?)?;
    let opened = builder().open_with_attributes(&required)?;
    let kitchen = opened.attributes().key_value(&"kitchen".try_into()?, 0);
    println!("opened, the kitchen is {}", kitchen.ok_or("not there")?);

    // What the service does not say of itself is a reason not to open it.
    let required = AttributeVerifier::new().require(&"speaks".try_into()?, &"fr".try_into()?)?;
    match builder().open_with_attributes(&required) {
        Err(refusal @ RequestResponseOpenError::IncompatibleAttributes) => {
            println!("refused: {refusal}");
            Ok(())
        }
        Err(error) => Err(error.into()),
        Ok(_) => Err("a service was opened that does not say what was required".into()),
    }
}
