<?php
use Io\Poll\{Backend, Context, Event};

$context = new Context(Backend::Epoll);
[$a, $b] = streams();
fwrite($b, 'x');
$watcher = $context->add(new StreamPollHandle($a), [Event::Read, Event::EdgeTriggered], 1);
found($context->wait(milliseconds(5000)));
found($context->wait(milliseconds(1)));
// Asked anew, it is told anew what is there.
$watcher->modifyEvents([Event::Read, Event::EdgeTriggered]);
found($context->wait(milliseconds(5000)));
found($context->wait(milliseconds(1)));
$watcher->modifyEvents([Event::Read, Event::EdgeTriggered, Event::OneShot]);
found($context->wait(milliseconds(5000)));
fwrite($b, 'y');
found($context->wait(milliseconds(1)));
