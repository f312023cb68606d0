<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    attempt(fn () => $context->add(new StreamPollHandle($a), [Event::Read, Event::EdgeTriggered], 1));
    found($context->wait(milliseconds(1)));
    fwrite($b, 'x');
    found($context->wait(milliseconds(10)));
    found($context->wait(milliseconds(1)));
    // More is new, although the first has not been read.
    fwrite($b, 'y');
    found($context->wait(milliseconds(10)));
    found($context->wait(milliseconds(1)));
    $watcher = $context->add(new StreamPollHandle($b), [Event::Write], 2);
    attempt(fn () => $watcher->modifyEvents([Event::Write, Event::EdgeTriggered]));
    attempt(fn () => $watcher->modify([Event::Write, Event::EdgeTriggered], 3));
    show($watcher->getData());
    show(events($watcher->getWatchedEvents()));
    found($context->wait(milliseconds(10)));
}
