<?php
// A daemon that answers lines, in a class.
class LineServer
{
    const BACKLOG = 5;

    private $host;
    private $port;
    private $clients = [];
    private $listener;
    private $answered = 0;

    public function __construct($host, $port = 8000)
    {
        $this->host = $host;
        $this->port = $port;
        $this->listener = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
        socket_set_option($this->listener, SOL_SOCKET, SO_REUSEADDR, 1);
    }

    public function start()
    {
        if (!socket_bind($this->listener, $this->host, $this->port)) {
            throw new RuntimeException("cannot bind: " . socket_strerror(socket_last_error($this->listener)));
        }
        socket_listen($this->listener, self::BACKLOG);
        $this->log("listening on {$this->host}:{$this->port}");
    }

    public function run()
    {
        while (true) {
            $read = array_merge([$this->listener], $this->clients);
            $write = $except = null;
            if (socket_select($read, $write, $except, 10) < 1) {
                continue;
            }
            if (in_array($this->listener, $read)) {
                $this->accept();
            }
            foreach ($this->clients as $key => $client) {
                if (in_array($client, $read)) {
                    $this->hear($key, $client);
                }
            }
        }
    }

    private function accept()
    {
        if (($client = socket_accept($this->listener)) !== false) {
            $this->clients[] = $client;
            $this->log("one more: " . count($this->clients));
        }
    }

    // One line, and its answer.
    private function hear($key, $client)
    {
        $line = @socket_read($client, 2048, PHP_NORMAL_READ);
        if ($line === false || trim($line) == 'quit') {
            socket_close($client);
            unset($this->clients[$key]);
            return;
        }
        $this->answered++;
        socket_write($client, "{$this->answered}: " . strtoupper($line));
    }

    private function log($text)
    {
        echo date('H:i:s'), " $text\n";
    }
}

try {
    $server = new LineServer('127.0.0.1', 8001);
    $server->start();
    $server->run();
} catch (RuntimeException $e) {
    echo $e->getMessage(), "\n";
    exit(1);
}
