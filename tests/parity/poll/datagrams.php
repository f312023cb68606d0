<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $one = stream_socket_server('udp://127.0.0.1:0', flags: STREAM_SERVER_BIND);
    $two = stream_socket_client('udp://' . stream_socket_get_name($one, false));
    $context->add(new StreamPollHandle($one), [Event::Read], 'one');
    $context->add(new StreamPollHandle($two), [Event::Read, Event::Write], 'two');
    found($context->wait(milliseconds(5000)));
    fwrite($two, 'x');
    found($context->wait(milliseconds(5000)));
    stream_socket_recvfrom($one, 100);
    found($context->wait(milliseconds(5000)));
}
