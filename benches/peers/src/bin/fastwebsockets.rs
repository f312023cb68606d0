//! fastwebsockets as its examples `echo_server`, `echo_server_split` and `tls_server` use it, in a runtime of one thread.
//!
//! ```sh
//! cargo run --release --bin fastwebsockets -- 127.0.0.1:9002
//! cargo run --release --bin fastwebsockets -- 127.0.0.1:9002 broadcast
//! cargo run --release --bin fastwebsockets -- 127.0.0.1:9002 tls
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
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task,
};
use tokio_rustls::TlsAcceptor;

type Everybody = Arc<Mutex<HashMap<u64, UnboundedSender<(OpCode, Bytes)>>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let server::Arguments { address, mode, tls, .. } = server::arguments();
    let acceptor = if tls { Some(TlsAcceptor::from(peers::tls::server_config()?)) } else { None };
    let listener = TcpListener::bind(address).await?;
    server::announce(listener.local_addr()?);
    let everybody = Everybody::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (everybody, acceptor) = (Arc::clone(&everybody), acceptor.clone());
        tokio::spawn(async move {
            let Some(acceptor) = acceptor else { return serve(stream, mode, tls, everybody).await };
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, mode, tls, everybody).await;
            }
        });
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    mode: Mode,
    tls: bool,
    everybody: Everybody,
) {
    let service = service_fn(|request| handshake(request, mode, tls, Arc::clone(&everybody)));
    // An error is the client's leaving, here and below.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

async fn handshake(
    mut request: Request<Incoming>,
    mode: Mode,
    tls: bool,
    everybody: Everybody,
) -> Result<Response<Empty<Bytes>>, WebSocketError> {
    let (response, websocket) = upgrade(&mut request)?;
    tokio::spawn(async move {
        let _ = match mode {
            Mode::Echo => task::unconstrained(echo(websocket, tls)).await,
            Mode::Broadcast => broadcast(websocket, &everybody).await,
        };
    });
    Ok(response)
}

async fn echo(websocket: UpgradeFut, tls: bool) -> Result<(), WebSocketError> {
    let mut websocket = websocket.await?;
    if tls {
        // As its example has it.
        websocket.set_writev(false);
    }
    let mut websocket = FragmentCollector::new(websocket);
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
