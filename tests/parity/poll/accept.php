<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $server = stream_socket_server('tcp://127.0.0.1:0');
    $context->add(new StreamPollHandle($server), [Event::Read, Event::Write], 'server');
    found($context->wait(milliseconds(1)));
    $client = stream_socket_client('tcp://' . stream_socket_get_name($server, false));
    found($context->wait(milliseconds(5000)));
    $context->add(new StreamPollHandle(stream_socket_accept($server)), [Event::Read], 'client');
    found($context->wait(milliseconds(1)));
    fwrite($client, '测试');
    found($context->wait(milliseconds(5000)));
}
