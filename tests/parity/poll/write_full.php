<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    stream_set_blocking($a, false);
    $context->add(new StreamPollHandle($a), [Event::Write], 1);
    found($context->wait(milliseconds(5000)));
    while (@fwrite($a, str_repeat('x', 65536)) > 0);
    found($context->wait(milliseconds(1)));
    stream_set_blocking($b, false);
    while (strlen((string) fread($b, 65536)) > 0);
    found($context->wait(milliseconds(5000)));
}
