<?php
use Io\Poll\{Backend, Context, Event};

show(array_map(fn ($backend) => $backend->name, Backend::getAvailableBackends()));
foreach (Backend::cases() as $backend) {
    show($backend->name);
    show($backend->isAvailable());
    show($backend->supportsEdgeTriggering());
    attempt(fn () => new Context($backend));
}
show((new Context(Backend::Poll))->getBackend()->name);
show((new Context(Backend::Epoll))->getBackend()->name);
show((new Context())->getBackend()->name);
