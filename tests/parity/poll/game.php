<?php
// Calls in random order on three connections, two contexts and all their watchers.
use Io\Poll\{Backend, Context, Event};

final class Game
{
    private array $streams = [];
    private array $handles = [];
    private array $contexts = [];
    private array $watchers = [];

    public function __construct(private int $number, private Backend $backend)
    {
        foreach ([0, 2, 4] as $slot) {
            $this->connect($slot);
        }
        $this->contexts = [new Context($backend), new Context($backend)];
    }

    /** What is left of the generator's bits once they are divided by `$below`; both languages have the same. */
    private function below(int $below): int
    {
        $this->number = ($this->number * 1103515245 + 12345) & 0x7fffffff;
        return ($this->number >> 8) % $below;
    }

    private function connect(int $slot): void
    {
        foreach (streams() as $end => $stream) {
            stream_set_blocking($stream, false);
            $this->streams[$slot + $end] = $stream;
            $this->handles[$slot + $end] = new StreamPollHandle($stream);
        }
    }

    private function close(int $slot): void
    {
        if (is_resource($this->streams[$slot])) {
            fclose($this->streams[$slot]);
        }
    }

    /** Of poll(2) PHP does not ask for ReadHangUp. */
    private function events(): array
    {
        $cases = [Event::Read, Event::Write, Event::Error, Event::HangUp, Event::OneShot, Event::EdgeTriggered, Event::ReadHangUp];
        $cases = array_slice($cases, 0, $this->backend === Backend::Poll ? 6 : 7);
        return array_values(array_filter($cases, fn () => $this->below(3) === 0));
    }

    public function turn(int $turn): void
    {
        $action = $this->below(16);
        $slot = $this->below(6);
        $context = $this->below(2);
        $watcher = $this->watchers[$this->below(max(1, count($this->watchers)))] ?? null;
        $stream = $this->streams[$slot];
        echo "$turn $action $slot: ";
        switch ($action) {
            case 0: case 1: case 2:
                $events = $this->events();
                attempt(function () use ($context, $slot, $events, $turn) {
                    $this->watchers[] = $this->contexts[$context]->add($this->handles[$slot], $events, $turn);
                });
                return;
            case 3:
                $events = $this->events();
                attempt(fn () => $watcher?->modify($events, $turn));
                return;
            case 4:
                $events = $this->events();
                attempt(fn () => $watcher?->modifyEvents($events));
                return;
            case 5:
                attempt(fn () => $watcher?->modifyData($turn));
                return;
            case 6:
                attempt(fn () => $watcher?->remove());
                return;
            case 7: case 8: case 9:
                found($this->contexts[$context]->wait(milliseconds(0)));
                return;
            case 10:
                if (is_resource($stream)) {
                    @fwrite($stream, 'x');
                }
                break;
            case 11:
                if (is_resource($stream)) {
                    fread($stream, 8192);
                }
                break;
            case 12:
                if (is_resource($stream)) {
                    stream_socket_shutdown($stream, $this->below(3));
                }
                break;
            case 13:
                $this->close($slot);
                break;
            case 14:
                if ($this->below(3) === 0) {
                    $this->close($slot & ~1);
                    $this->close($slot | 1);
                    $this->connect($slot & ~1);
                } elseif ($this->below(4) === 0) {
                    $this->contexts[$context] = new Context($this->backend);
                }
                break;
            default:
                if ($watcher) {
                    echo $watcher->getData(), ' ', events($watcher->getWatchedEvents()), ' ';
                    echo events($watcher->getTriggeredEvents()), ' ', describe($watcher->isActive());
                }
        }
        echo "\n";
    }
}

foreach ([Backend::Poll, Backend::Epoll] as $backend) {
    for ($seed = 1; $seed <= 30; $seed++) {
        echo "seed $seed\n";
        $game = new Game($seed, $backend);
        for ($turn = 0; $turn < 200; $turn++) {
            $game->turn($turn);
        }
    }
}
