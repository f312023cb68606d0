<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Write], 1);
    attempt(fn () => $context->wait(milliseconds(0), 0));
    attempt(fn () => $context->wait(milliseconds(0), 2147483648));
    attempt(fn () => $context->wait(milliseconds(0), PHP_INT_MAX));
    attempt(fn () => $context->wait(null, 0));
    found($context->wait(milliseconds(0), 1));
    found($context->wait(milliseconds(0), 100000));
}
