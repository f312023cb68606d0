<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Read], 'one');
    found($context->wait(milliseconds(1)));
    attempt(fn () => $watcher->modify([Event::Write], 'two'));
    found($context->wait(milliseconds(5000)));
    attempt(fn () => $watcher->modifyData('three'));
    found($context->wait(milliseconds(5000)));
    attempt(fn () => $watcher->modifyEvents([Event::Read]));
    show(events($watcher->getWatchedEvents()));
    show($watcher->getData());
    found($context->wait(milliseconds(1)));
    fwrite($b, 'x');
    found($context->wait(milliseconds(5000)));
}
