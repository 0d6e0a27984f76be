<?php
// This program is free software: you can redistribute it and/or modify it under the terms of the GNU General Public License
// as published by the Free Software Foundation, either version 3 of the License, or (at your option) any later version.

// How the benchmarks measure: rounds of all candidates in turn, the best round of each, processor time by getrusage.

declare(strict_types=1);

namespace bench;

/**
 * Measures candidates against each other.
 *
 * @param array<string, \Closure> $candidates by name
 * @return array<string, array{cpu: float, wall: float}> microseconds of one call, the best round
 */
function measure(array $candidates, int $calls, int $rounds = 15): array
{
    $best = array_fill_keys(array_keys($candidates), ['cpu' => INF, 'wall' => INF]);
    foreach ($candidates as $candidate) {
        $candidate();
    }
    for ($round = 0; $round < $rounds; $round++) {
        foreach ($candidates as $name => $candidate) {
            $cpu = processor_time();
            $wall = hrtime(true);
            for ($call = 0; $call < $calls; $call++) {
                $candidate();
            }
            $best[$name]['wall'] = min($best[$name]['wall'], (hrtime(true) - $wall) / 1e3 / $calls);
            $best[$name]['cpu'] = min($best[$name]['cpu'], (processor_time() - $cpu) / $calls);
        }
    }
    return $best;
}

/** Processor time of this process and its ended children, user and system, in microseconds. */
function processor_time(): float
{
    $sum = 0.0;
    foreach ([getrusage(), getrusage(1)] as $usage) {
        foreach (['ru_utime', 'ru_stime'] as $part) {
            $sum += $usage["$part.tv_sec"] * 1e6 + $usage["$part.tv_usec"];
        }
    }
    return $sum;
}

function time_text(float $microseconds): string
{
    return match (true) {
        $microseconds < 10 => sprintf('%.2f µs', $microseconds),
        $microseconds < 1000 => sprintf('%.0f µs', $microseconds),
        $microseconds < 1e6 => sprintf('%.2f ms', $microseconds / 1e3),
        default => sprintf('%.2f s', $microseconds / 1e6),
    };
}

/** One row of the table; widths count characters, not bytes. */
function row(string ...$cells): void
{
    foreach ([46, 12, 42, 12, 8, 0] as $column => $width) {
        $cell = $cells[$column] ?? '';
        echo $cell, str_repeat(' ', max(0, $width - mb_strlen($cell))), $width ? ' ' : '';
    }
    echo "\n";
}

/**
 * Rows for one operation: ours beside each of the others.
 *
 * @param array<string, array{cpu: float, wall: float}> $best the first is ours
 * @param string $by cpu or wall
 */
function rows(string $operation, array $best, string $note = '', string $by = 'cpu'): void
{
    $ours = array_shift($best)[$by];
    foreach ($best as $name => $theirs) {
        row($operation, time_text($ours), $name, time_text($theirs[$by]), sprintf('%.1fx', $theirs[$by] / $ours), $note);
        $operation = $note = '';
    }
}
