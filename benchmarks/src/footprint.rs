// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a service, its server and its clients hold: memory, descriptors and mappings, all processes with room for 1,024
//! descriptors each.

use crate::{
    Result,
    arguments::Arguments,
    ours::check,
    part::{Part, answer_questions, command, say},
    peer::Place,
    record::Record,
};
use core::time::Duration;
use iceoryx2::{
    prelude::{Config, NodeBuilder, ipc},
    service::port_factory::request_response::PortFactory,
};
use std::{
    collections::HashMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

const CLIENTS: [usize; 4] = [1, 8, 64, 400];

/// Clients of one process.
const CLIENTS_OF_PROCESS: usize = 50;

const SERVER: &str = "server";
const CLIENT: &str = "clients";

const PATIENCE: Duration = Duration::from_secs(60);

/// The file system's own unit.
const BLOCK: u64 = 512;

type Service = PortFactory<ipc::Service, u64, (), u64, ()>;

/// Lets so many clients come and looks at what is held then.
pub fn measure(arguments: &Arguments) -> Result<()> {
    for clients in CLIENTS {
        let place = Place::new()?;
        let mut server = start(arguments, SERVER, clients, &place)?;
        server.expect("up")?;
        let alone = Held::by(&mut [&mut server], place.path())?;
        let mut guests = Vec::new();
        let mut missing = clients;
        while missing > 0 {
            let some = missing.min(CLIENTS_OF_PROCESS);
            let mut guest = start(arguments, CLIENT, some, &place)?;
            guest.expect("up")?;
            guests.push(guest);
            missing -= some;
        }
        let hosting = Held::by(&mut [&mut server], place.path())?;
        let visiting = Held::by(&mut guests.iter_mut().collect::<Vec<_>>(), place.path())?;
        let mut all: Vec<_> = guests.iter_mut().chain([&mut server]).collect();
        let all = Held::by(&mut all, place.path())?;
        report(arguments, clients, &[alone, hosting, visiting, all]);
    }
    Ok(())
}

fn report(arguments: &Arguments, clients: usize, held: &[Held; 4]) {
    let [alone, hosting, visiting, all] = held;
    let each = |total: u64| total as f64 / clients as f64;
    let more = |of: fn(&Held) -> u64| each(of(hosting).saturating_sub(of(alone)));
    Record::new("footprint", format!("{clients}-clients"))
        .count("committed_bytes", all.memory_bytes + all.files_bytes)
        .count("server_descriptors", hosting.descriptors)
        .count("server_mappings", hosting.mappings)
        .count("server_heap_bytes", hosting.heap_bytes)
        .print(arguments.json);
    let committed =
        (all.memory_bytes + all.files_bytes).saturating_sub(alone.memory_bytes + alone.files_bytes);
    Record::new("footprint", format!("each-of-{clients}"))
        .measure("committed_bytes", each(committed))
        .measure("server_descriptors", more(|held| held.descriptors))
        .measure("server_mappings", more(|held| held.mappings))
        .measure("server_heap_bytes", more(|held| held.heap_bytes))
        .measure("client_descriptors", each(visiting.descriptors))
        .measure("client_mappings", each(visiting.mappings))
        .measure("client_heap_bytes", each(visiting.heap_bytes))
        .print(arguments.json);
}

/// What some processes hold together.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    /// Anonymous memory that the system has set aside, whoever wrote to it.
    memory_bytes: u64,
    /// Files of the service and of the nodes.
    files_bytes: u64,
    descriptors: u64,
    mappings: u64,
    heap_bytes: u64,
}

impl Held {
    fn by(parts: &mut [&mut Part], place: &Path) -> Result<Self> {
        let mut held = Self {
            files_bytes: files_bytes(place)?,
            ..Self::default()
        };
        let mut memories = HashMap::new();
        for part in parts {
            held.heap_bytes += part.heap_bytes()?;
            let process = PathBuf::from(format!("/proc/{}", part.pid()));
            let maps = fs::read_to_string(process.join("maps"))?;
            held.mappings += maps.lines().count() as u64;
            for descriptor in fs::read_dir(process.join("fd"))? {
                held.descriptors += 1;
                let path = descriptor?.path();
                if fs::read_link(&path)?
                    .as_os_str()
                    .as_encoded_bytes()
                    .starts_with(b"/memfd:")
                {
                    let memory = fs::metadata(&path)?;
                    memories.insert((memory.dev(), memory.ino()), memory.blocks() * BLOCK);
                }
            }
        }
        held.memory_bytes = memories.values().sum();
        Ok(held)
    }
}

fn files_bytes(place: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        let found = fs::symlink_metadata(&path)?;
        bytes += if found.is_dir() {
            files_bytes(&path)?
        } else {
            found.blocks() * BLOCK
        };
    }
    Ok(bytes)
}

/// A part with room for 1,024 descriptors.
fn start(arguments: &Arguments, part: &str, clients: usize, place: &Place) -> Result<Part> {
    let command = command(arguments, part, place.path())?;
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -n 1024 && exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args())
        .args(["--payload", &clients.to_string()]);
    Part::start(&mut limited)
}

/// Plays the server, or some of its clients: as many as the payload says.
pub fn serve(arguments: &Arguments, place: &Path) -> Result<()> {
    let clients = arguments.payload_to_serve()?;
    match arguments.part.as_deref() {
        Some(SERVER) => host(place, clients),
        Some(CLIENT) => visit(place, clients),
        other => Err(format!("there is no part {other:?}").into()),
    }
}

fn host(place: &Path, clients: usize) -> Result<()> {
    let node = NodeBuilder::new()
        .config(&below(place))
        .create::<ipc::Service>()?;
    let service: Service = node
        .service_builder(&"footprint".try_into()?)
        .request_response()
        .max_clients(clients)
        .create()?;
    let server = service.server_builder().create()?;
    say("up")?;
    answer_questions();
    loop {
        let active = server.blocking_receive()?;
        active.send_copy(active.payload() + 1)?;
    }
}

fn visit(place: &Path, clients: usize) -> Result<()> {
    let node = NodeBuilder::new()
        .config(&below(place))
        .create::<ipc::Service>()?;
    let service: Service = node
        .service_builder(&"footprint".try_into()?)
        .request_response()
        .open()?;
    let mut all = Vec::with_capacity(clients);
    for number in 0..clients as u64 {
        let client = service.client_builder().create()?;
        let pending = client.send_copy(number)?;
        check(number, *pending.timed_receive(PATIENCE)?.payload())?;
        drop(pending);
        all.push(client);
    }
    say("up")?;
    answer_questions();
    loop {
        std::thread::park();
    }
}

fn below(place: &Path) -> Config {
    let mut config = Config::default();
    config.global.set_root_path(place);
    config
}
