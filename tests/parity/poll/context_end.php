<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Write], 1);
    found($context->wait(milliseconds(5000)));
    unset($context);
    show($watcher->isActive());
    attempt(fn () => $watcher->remove());
    attempt(fn () => $watcher->modifyEvents([Event::Read]));
    attempt(fn () => $watcher->modifyData(2));
    show($watcher->getData());
    // It can be watched by another one.
    $context = new Context($backend);
    $context->add(new StreamPollHandle($a), [Event::Write], 2);
    found($context->wait(milliseconds(5000)));
}
