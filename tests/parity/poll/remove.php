<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Write], 1);
    attempt(fn () => $watcher->remove());
    show($watcher->isActive());
    attempt(fn () => $watcher->remove());
    attempt(fn () => $watcher->modify([Event::Read], 2));
    attempt(fn () => $watcher->modifyEvents([Event::Read]));
    attempt(fn () => $watcher->modifyData(2));
    attempt(fn () => $watcher->modifyEvents([]));
    show($watcher->getData());
    show(events($watcher->getWatchedEvents()));
    found($context->wait(milliseconds(1)));
    // A new watcher of the same is not touched by the old one.
    $again = $context->add(new StreamPollHandle($a), [Event::Write], 3);
    attempt(fn () => $watcher->remove());
    show($again->isActive());
    found($context->wait(milliseconds(5000)));
}
