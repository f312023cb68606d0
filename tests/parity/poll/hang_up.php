<?php
use Io\Poll\{Backend, Context, Event};

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    $context = new Context($backend);
    [$a, $b] = streams();
    $watcher = $context->add(new StreamPollHandle($a), [Event::Read], 1);
    fclose($b);
    found($context->wait(milliseconds(5000)));
    $watcher->modifyEvents([Event::Write]);
    found($context->wait(milliseconds(5000)));
    $watcher->modifyEvents([Event::HangUp]);
    found($context->wait(milliseconds(5000)));
    $watcher->modifyEvents([Event::Error]);
    found($context->wait(milliseconds(5000)));
    $watcher->modifyEvents([Event::ReadHangUp]);
    found($context->wait(milliseconds(5000)));
}
