<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    $start = microtime(true);
    found($context->wait(milliseconds(30)));
    $waited = microtime(true) - $start;
    show($waited >= 0.03 && $waited < 5);
    found($context->wait(milliseconds(0)));
    [$a, $b] = streams();
    $context->add(new StreamPollHandle($a), [Event::Write], 1)->remove();
    $start = microtime(true);
    found($context->wait(milliseconds(30)));
    $waited = microtime(true) - $start;
    show($waited >= 0.03 && $waited < 5);
}
