<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $server = stream_socket_server('tcp://127.0.0.1:0');
    $a = stream_socket_client('tcp://' . stream_socket_get_name($server, false));
    $b = stream_socket_accept($server);

    $watcher = $context->add(new StreamPollHandle($a), [Event::Read], 1);
    stream_socket_shutdown($b, STREAM_SHUT_WR);
    found($context->wait(milliseconds(5000)));
    $watcher->modifyEvents([Event::ReadHangUp]);
    found($context->wait(milliseconds(5000)));
    $watcher->modifyEvents([Event::Write]);
    found($context->wait(milliseconds(5000)));
    $watcher->modifyEvents([Event::Read, Event::Write, Event::ReadHangUp]);
    found($context->wait(milliseconds(5000)));
    stream_socket_shutdown($a, STREAM_SHUT_WR);
    found($context->wait(milliseconds(5000)));
}
