// SPDX-License-Identifier: Apache-2.0 OR MIT
//! zenoh with shared memory: a querier and a queryable over a Unix socket, larger payloads in shared memory. Its own
//! threads do the sending and receiving, so nobody spins.

use super::tally::Tally;
use crate::{
    Result,
    line::PATIENCE,
    message::{Content, expect},
    row::{IN_FLIGHT, Row},
    side,
};
use std::{
    collections::VecDeque,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use zenoh::{
    Config, Session, Wait,
    bytes::ZBytes,
    handlers::FifoChannelHandler,
    query::{ConsolidationMode, Querier, Query, Queryable, Reply},
    shm::{BlockOn, GarbageCollect, PosixShmProviderBackend, ShmProvider, ShmProviderBuilder},
};

const ASK: &str = "peers/ask";
const STREAM: &str = "peers/stream";

/// From here on payloads lie in shared memory: below, zenoh carries them faster in its frames.
const SHARED_MIN: usize = 4096;

/// Room for payloads.
const POOL: usize = 64 << 20;

fn session(place: &Path, role: &str, other: &str) -> Result<Session> {
    let mut config = Config::default();
    let endpoint = format!("[\"unixsock-stream/{}\"]", place.join("zenoh").display());
    for (key, value) in [
        ("mode", "\"peer\""),
        (role, endpoint.as_str()),
        (other, "[]"),
        ("scouting/multicast/enabled", "false"),
        ("scouting/gossip/enabled", "false"),
        ("transport/shared_memory/enabled", "true"),
    ] {
        config.insert_json5(key, value)?;
    }
    zenoh::open(config).wait()
}

/// Makes payloads.
struct Maker {
    content: Content,
    pool: Option<ShmProvider<PosixShmProviderBackend>>,
}

impl Maker {
    fn new(content: Content) -> Result<Self> {
        let pool = || ShmProviderBuilder::default_backend(POOL).wait();
        Ok(Self {
            content,
            pool: (content.bytes >= SHARED_MIN).then(pool).transpose()?,
        })
    }

    fn make(&self, number: u64) -> Result<ZBytes> {
        match &self.pool {
            Some(pool) => {
                let layout = pool.alloc(self.content.bytes);
                let mut payload = layout.with_policy::<BlockOn<GarbageCollect>>().wait()?;
                self.content.write(&mut payload, number);
                Ok(payload.into())
            }
            None => {
                let mut payload = vec![0; self.content.bytes];
                self.content.write(&mut payload, number);
                Ok(payload.into())
            }
        }
    }

    fn read(&self, payload: &ZBytes) -> Result<u64> {
        self.content.read(&payload.to_bytes())
    }
}

pub fn client(row: Row, place: &Path) -> Result<Box<dyn side::Client>> {
    let session = session(place, "connect/endpoints", "listen/endpoints")?;
    let querier = |key| {
        let querier = session
            .declare_querier(key)
            .consolidation(ConsolidationMode::None)
            .wait()?;
        let begin = Instant::now();
        while !querier.matching_status().wait()?.matching() {
            if begin.elapsed() > PATIENCE {
                return Err("no queryable was found".into());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Result::Ok(querier)
    };
    Ok(Box::new(Client {
        asking: querier(ASK)?,
        streaming: querier(STREAM)?,
        maker: Maker::new(Content::of(row))?,
        number: 0,
        _session: session,
    }))
}

struct Client {
    asking: Querier<'static>,
    streaming: Querier<'static>,
    maker: Maker,
    number: u64,
    _session: Session,
}

type Replies = FifoChannelHandler<Reply>;

impl Client {
    fn send(&self, number: u64) -> Result<Replies> {
        self.asking.get().payload(self.maker.make(number)?).wait()
    }

    fn receive(&self, replies: &Replies) -> Result<u64> {
        let reply = replies.recv()?;
        let sample = reply
            .result()
            .map_err(|_| "the server answered with an error")?;
        self.maker.read(sample.payload())
    }
}

impl side::Client for Client {
    fn round_trips(&mut self, count: u32) -> Result<()> {
        for _ in 0..count {
            expect(self.number + 1, self.receive(&self.send(self.number)?)?)?;
            self.number += 1;
        }
        Ok(())
    }

    fn in_flight(&mut self, count: u32) -> Result<()> {
        let mut under_way = VecDeque::with_capacity(IN_FLIGHT);
        for number in 0..u64::from(count) {
            if under_way.len() == IN_FLIGHT
                && let Some((asked, replies)) = under_way.pop_front()
            {
                expect(asked + 1, self.receive(&replies)?)?;
            }
            under_way.push_back((number, self.send(number)?));
        }
        for (asked, replies) in under_way {
            expect(asked + 1, self.receive(&replies)?)?;
        }
        Ok(())
    }

    fn stream(&mut self, responses: u32) -> Result<()> {
        let payload = self.maker.make(responses.into())?;
        let replies = self.streaming.get().payload(payload).wait()?;
        (0..responses).try_for_each(|number| expect(number.into(), self.receive(&replies)?))
    }
}

pub fn server(row: Row, place: &Path) -> Result<Box<dyn side::Server>> {
    let session = session(place, "listen/endpoints", "connect/endpoints")?;
    let tally = Arc::new(Tally::default());
    let maker = Arc::new(Maker::new(Content::of(row))?);
    let queryable = |key, answer: fn(&Maker, &Query) -> Result<()>| {
        let (tally, maker) = (Arc::clone(&tally), Arc::clone(&maker));
        let callback = move |query: Query| {
            if let Err(trouble) = answer(&maker, &query) {
                eprintln!("zenoh: {trouble}");
            }
            // WHY: the reply is complete only when the query is gone.
            drop(query);
            tally.count();
        };
        session.declare_queryable(key).callback(callback).wait()
    };
    Ok(Box::new(Server {
        _ends: [queryable(ASK, answer)?, queryable(STREAM, stream)?],
        tally,
        _session: session,
    }))
}

struct Server {
    tally: Arc<Tally>,
    _ends: [Queryable<()>; 2],
    _session: Session,
}

impl side::Server for Server {
    fn answer(&mut self, requests: u32) -> Result<()> {
        self.tally.wait(requests);
        Ok(())
    }

    fn stream(&mut self, _: u32) -> Result<()> {
        self.tally.wait(1);
        Ok(())
    }
}

fn answer(maker: &Maker, query: &Query) -> Result<()> {
    let number = maker.read(query.payload().ok_or("a query without a payload")?)?;
    query.reply(ASK, maker.make(number + 1)?).wait()
}

fn stream(maker: &Maker, query: &Query) -> Result<()> {
    let responses = maker.read(query.payload().ok_or("a query without a payload")?)?;
    (0..responses).try_for_each(|number| query.reply(STREAM, maker.make(number)?).wait())
}
