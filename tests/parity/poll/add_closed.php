<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $handle = new StreamPollHandle($a);
    fclose($a);
    attempt(fn () => $context->add($handle, [Event::Read]));
    found($context->wait(milliseconds(1)));
}
