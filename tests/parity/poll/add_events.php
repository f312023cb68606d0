<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    attempt(fn () => $context->add(new StreamPollHandle($a), [], 1));
    $watcher = $context->add(new StreamPollHandle($a), [Event::OneShot, Event::Write, Event::Read, Event::Write], 2);
    show(events($watcher->getWatchedEvents()));
    show(events($watcher->getTriggeredEvents()));
    attempt(fn () => $watcher->modify([], 3));
    attempt(fn () => $watcher->modifyEvents([]));
    show(events($watcher->getWatchedEvents()));
    show($watcher->getData());
    found($context->wait(milliseconds(5000)));
}
