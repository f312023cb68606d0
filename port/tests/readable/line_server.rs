mod php;

use php::*;
use php_sockets::*;

const BACKLOG: i64 = 5;

// A daemon that answers lines, in a class.
struct LineServer {
    host: String,
    port: i32,
    clients: Array<i64, Socket>,
    listener: Socket,
    answered: i64,
}

impl LineServer {
    fn new(host: &str, port: i64) -> Self {
        let listener = must(socket_create(AF_INET, SOCK_STREAM, SOL_TCP));
        warn(socket_set_option(&listener, SOL_SOCKET, SO_REUSEADDR, 1));
        Self { host: host.to_owned(), port: to_i32(port), clients: Array::default(), listener, answered: 0 }
    }

    fn start(&self) -> Result<(), Exception> {
        if warn(socket_bind(&self.listener, &self.host, self.port)).is_none() {
            return Err(Exception::new("RuntimeException", format!("cannot bind: {}", socket_strerror(socket_last_error(&self.listener))), 0));
        }
        warn(socket_listen(&self.listener, to_i32(BACKLOG)));
        self.log(format!("listening on {}:{}", self.host, self.port).as_bytes());
        Ok(())
    }

    fn run(&mut self) {
        loop {
            let mut read = [vec![self.listener.clone()], self.clients.values().cloned().collect::<Vec<_>>()].concat();
            if warn(socket_select(&mut read, None, None, 10, None)) < Some(1) {
                continue;
            }
            if read.contains(&self.listener) {
                self.accept();
            }
            for (key, client) in self.clients.clone() {
                if read.contains(&client) {
                    self.hear(key, &client);
                }
            }
        }
    }

    fn accept(&mut self) {
        let client = warn(socket_accept(&self.listener));
        if let Some(client) = &client {
            self.clients.push(client.clone());
            self.log(format!("one more: {}", self.clients.len()).as_bytes());
        }
    }

    // One line, and its answer.
    fn hear(&mut self, key: i64, client: &Socket) {
        let line = quiet(socket_read(client, 2048, PHP_NORMAL_READ));
        if line.is_none() || trim(&line) == b"quit" {
            warn(socket_close(client));
            self.clients.remove(key);
            return;
        }
        self.answered += 1;
        warn(socket_write(client, text!(self.answered, ": ", strtoupper(&line)), None));
    }

    fn log(&self, text: &[u8]) {
        echo!(date("H:i:s", None), " ", text, "\n");
    }
}

fn main() {
    'done3: {
        let e: Exception = 'thrown3: {
            let mut server = LineServer::new("127.0.0.1", 8001);
            caught!('thrown3, server.start());
            server.run();
            break 'done3;
        };
        echo!(e.message, "\n");
        std::process::exit(1);
    }
}
