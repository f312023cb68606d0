<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Read, Event::OneShot], 1);
    found($context->wait(milliseconds(1)));
    fwrite($b, 'x');
    found($context->wait(milliseconds(5000)));
    found($context->wait(milliseconds(1)));
    show($watcher->isActive());
    show(events($watcher->getWatchedEvents()));
    attempt(fn () => $context->add(new StreamPollHandle($a), [Event::Read], 2));
    attempt(fn () => $watcher->modifyEvents([Event::Read, Event::OneShot]));
    found($context->wait(milliseconds(5000)));
    found($context->wait(milliseconds(1)));
    attempt(fn () => $watcher->modify([Event::Read], 3));
    found($context->wait(milliseconds(5000)));
    found($context->wait(milliseconds(5000)));
}
