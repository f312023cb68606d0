<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    // Nobody listens on a port that is bound, and nobody else can take it.
    $bound = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_bind($bound, '127.0.0.1', 0);
    socket_getsockname($bound, $address, $port);
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_set_nonblock($socket);
    show(@socket_connect($socket, '127.0.0.1', $port));
    $context->add(new StreamPollHandle(socket_export_stream($socket)), [Event::Write], 1);
    found($context->wait(milliseconds(5000)));
}
