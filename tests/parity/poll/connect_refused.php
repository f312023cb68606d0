<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $server = stream_socket_server('tcp://127.0.0.1:0');
    $address = stream_socket_get_name($server, false);
    fclose($server);
    $socket = socket_create(AF_INET, SOCK_STREAM, SOL_TCP);
    socket_set_nonblock($socket);
    show(@socket_connect($socket, '127.0.0.1', (int) explode(':', $address)[1]));
    $context->add(new StreamPollHandle(socket_export_stream($socket)), [Event::Write], 1);
    found($context->wait(milliseconds(5000)));
}
