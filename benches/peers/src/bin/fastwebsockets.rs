//! fastwebsockets as its examples `echo_server` and `echo_server_split` use it, in a runtime of one thread.
//!
//! ```sh
//! cargo run --release --bin fastwebsockets -- 127.0.0.1:9002
//! cargo run --release --bin fastwebsockets -- 127.0.0.1:9002 broadcast
//! ```

use std::{
    collections::HashMap,
    convert::Infallible,
    error::Error,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use fastwebsockets::{
    FragmentCollector, FragmentCollectorRead, Frame, OpCode, Payload, WebSocketError,
    upgrade::{UpgradeFut, upgrade},
};
use http_body_util::Empty;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use peers::server::{self, Mode};
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task,
};

type Everybody = Arc<Mutex<HashMap<u64, UnboundedSender<(OpCode, Bytes)>>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, .. } = server::arguments();
    let listener = TcpListener::bind(address).await?;
    server::announce(listener.local_addr()?);
    let everybody = Everybody::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let everybody = Arc::clone(&everybody);
        tokio::spawn(async move {
            let service = service_fn(|request| handshake(request, mode, Arc::clone(&everybody)));
            // An error is the client's leaving, here and below.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
        });
    }
}

async fn handshake(
    mut request: Request<Incoming>,
    mode: Mode,
    everybody: Everybody,
) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, websocket) = upgrade(&mut request)?;
    tokio::spawn(async move {
        let _ = match mode {
            Mode::Echo => task::unconstrained(echo(websocket)).await,
            Mode::Broadcast => broadcast(websocket, &everybody).await,
        };
    });
    Ok(response)
}

async fn echo(websocket: UpgradeFut) -> Result<(), WebSocketError> {
    let mut websocket = FragmentCollector::new(websocket.await?);
    loop {
        let frame = websocket.read_frame().await?;
        match frame.opcode {
            OpCode::Close => return Ok(()),
            OpCode::Text | OpCode::Binary => websocket.write_frame(frame).await?,
            _ => {}
        }
    }
}

async fn broadcast(websocket: UpgradeFut, everybody: &Everybody) -> Result<(), WebSocketError> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    let (reader, mut writer) = websocket.await?.split(tokio::io::split);
    let mut reader = FragmentCollectorRead::new(reader);
    let (sender, mut receiver) = unbounded_channel::<(OpCode, Bytes)>();
    let lock = || everybody.lock().unwrap_or_else(PoisonError::into_inner);
    lock().insert(id, sender);
    let reading = async {
        loop {
            // The load sends neither Ping nor Close, so that nothing has to be answered.
            let frame = reader.read_frame(&mut |_| async { Ok::<_, Infallible>(()) }).await?;
            match frame.opcode {
                OpCode::Close => return Ok::<_, WebSocketError>(()),
                OpCode::Text | OpCode::Binary => {
                    let payload = Bytes::from(frame.payload.to_vec());
                    for receiver in lock().values() {
                        let _ = receiver.send((frame.opcode, payload.clone()));
                    }
                }
                _ => {}
            }
        }
    };
    let writing = async {
        while let Some((opcode, payload)) = receiver.recv().await {
            writer.write_frame(Frame::new(true, opcode, None, Payload::Borrowed(&payload))).await?;
        }
        Ok(())
    };
    let result = tokio::select! {
        result = reading => result,
        result = writing => result,
    };
    lock().remove(&id);
    result
}
