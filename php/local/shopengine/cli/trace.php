<?php
// This file is part of shopengine, the commerce engine of Moodle's local_shop.
//
// Shopengine is free software: you can redistribute it and/or modify
// it under the terms of the GNU General Public License as published by
// the Free Software Foundation, either version 3 of the License, or
// (at your option) any later version.
//
// Shopengine is distributed in the hope that it will be useful,
// but WITHOUT ANY WARRANTY; without even the implied warranty of
// MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
// GNU General Public License for more details.
//
// You should have received a copy of the GNU General Public License
// along with shopengine.  If not, see <http://www.gnu.org/licenses/>.

/**
 * Reads a trace on the command line. With `--file` it needs no Moodle, only the extension.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */

define('CLI_SCRIPT', true);

// The plugin's folder may be a link to elsewhere: then Moodle is where the command says. With `--file` there need be none.
// phpcs:ignore moodle.Files.MoodleInternal.MoodleInternalGlobalState
$root = is_file(dirname(__DIR__, 3) . '/config.php') ? dirname(__DIR__, 3) : dirname($_SERVER['SCRIPT_FILENAME'], 4);
if (PHP_SAPI !== 'cli') {
    // Moodle says in its own words that this is no page.
    require("$root/config.php");
    exit(1);
}

/** What `--help` prints. */
const HELP = <<<'TEXT'
Reads the merchant trace: rotated files, other machines' files and the table included.

    php local/shopengine/cli/trace.php [TRANSACTION] [options]

Which lines (all that is given must hold):
    TRANSACTION       of this transaction
    --prefix=TEXT     whose transaction id begins with this
    --since=TIME      not before, as in the file: "2026-08-21 20:39:01" or 2026-08-21
    --until=TIME      before
    --text=TEXT       with this text, letter for letter
    --level=LEVEL     at least info, warning or error

Instead of lines:
    --recent[=20]     the last transactions: first line, last state, duration
    --index           bring the indexes up to date, with a progress bar
    --seal            seal what is new in the plugin's file and this machine's own, so that --verify finds later changes
    --verify          compare the files of all machines with their seals; ends with 1 when something was changed

Of which trace:
    --mail            of emails (merchant_mail_trace.log) instead of orders
    --file=PATH       this file; without it, the trace of the Moodle around the script, its table included. Files of
                      other machines beside it (merchant_trace.<machine>.log) are read too

How:
    --keyfile=PATH    with --file: the secret of the seals is this file's text; without --file it is in Moodle's settings
    --end=FILE:HASH   with --file: what --seal gave last, several with commas between; seals that were cut off since are
                      then missed too
    --format=FORMAT   text or json (one object a line); without it, text on a terminal and json in a pipe
    --color=WHEN      always or never; without it, on a terminal

Ends with 0 when something was found, 1 when nothing was, 2 when it went wrong.
With --verify 0 says that what is sealed is as it was.

TEXT;

/** A terminal's codes for the colours, by what they are for. */
const CODES = ['error' => '31', 'warning' => '33', 'info' => '0', 'faint' => '2', 'name' => '36'];

/** Options that take a value. */
const VALUES = ['prefix', 'since', 'until', 'text', 'level', 'file', 'format', 'color', 'keyfile', 'end'];

/** Bytes that are indexed at a time. */
const STEP = 64 * 1024 * 1024;

$options = [];
$transaction = null;
foreach (array_slice($argv, 1) as $argument) {
    if (preg_match('/^--([a-z]+)=(.*)$/s', $argument, $found) && in_array($found[1], [...VALUES, 'recent'])) {
        $options[$found[1]] = $found[2];
    } else if (in_array($argument, ['--recent', '--index', '--seal', '--verify', '--mail', '--help', '-h'])) {
        $options[ltrim($argument, '-')] = true;
    } else if ($argument !== '' && $argument[0] !== '-' && $transaction === null) {
        $transaction = $argument;
    } else {
        fwrite(STDERR, "unknown: `$argument`; --help says what there is\n");
        exit(2);
    }
}
if (isset($options['help']) || isset($options['h'])) {
    echo HELP;
    exit(0);
}
$here = !isset($options['file']);
if ($here) {
    if (!is_file("$root/config.php")) {
        fwrite(STDERR, "no Moodle here: name a file with --file\n");
        exit(2);
    }
    require("$root/config.php");
}
if (!extension_loaded('shopengine')) {
    fwrite(STDERR, "the extension shopengine is not loaded\n");
    exit(2);
}

$terminal = stream_isatty(STDOUT);
$json = ($options['format'] ?? ($terminal ? 'text' : 'json')) === 'json';
$color = ($options['color'] ?? ($terminal ? 'always' : 'never')) === 'always';
$paint = fn(string $text, string $as): string => $color && CODES[$as] ? "\e[" . CODES[$as] . "m$text\e[0m" : $text;
// Lines of the plugin may hold anything a buyer typed: a terminal must not obey it.
$plain = fn(string $text): string => (string) preg_replace('/[\p{Cc}\p{Cf}\x{2028}\x{2029}]/u', "\u{fffd}", $text);
$encode = fn(array $value): string => json_encode(
    $value,
    JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_THROW_ON_ERROR
) . "\n";
$duration = fn(?int $ms): string => $ms === null ? '?' : sprintf(
    '%s%d:%02d:%02d.%03d',
    $ms < 0 ? '-' : '',
    intdiv(abs($ms), 3600000),
    intdiv(abs($ms), 60000) % 60,
    intdiv(abs($ms), 1000) % 60,
    abs($ms) % 1000
);

try {
    if ($here) {
        $trace = isset($options['mail'])
            ? \local_shopengine\moodle_host::mail_trace()
            : (new \local_shopengine\moodle_host())->trace();
    } else {
        $file = $options['file'];
        if (!is_file($file) && !glob(preg_replace('/\.log$/', '', $file) . '.*.log')) {
            throw new \RuntimeException("there is no file `$file`");
        }
        $trace = new \ShopEngine\Trace($file, date_default_timezone_get());
    }
    if (isset($options['index'])) {
        $before = -1;
        $bar = stream_isatty(STDERR);
        do {
            $indexed = $trace->index(STEP);
            $moved = $indexed['covered'] > $before;
            $before = $indexed['covered'];
            if ($bar) {
                // What is left at the end is the last entry: it may go on.
                $percent = $indexed['length'] && $moved ? intdiv($before * 100, $indexed['length']) : 100;
                fprintf(STDERR, "\r[%-50s] %3d %%", str_repeat('#', intdiv($percent, 2)), $percent);
            }
        } while ($moved);
        fwrite(STDERR, $bar ? "\n" : '');
        echo $json ? $encode($indexed) : "{$indexed['covered']} of {$indexed['length']} bytes are indexed\n";
        exit(0);
    }
    if (isset($options['seal']) || isset($options['verify'])) {
        $key = isset($options['keyfile']) ? file_get_contents($options['keyfile']) : '';
        if ($key === false || (isset($options['keyfile']) && trim($key) === '')) {
            throw new \RuntimeException("there is no secret in `{$options['keyfile']}`");
        }
        $ends = [];
        foreach (array_filter(explode(',', $options['end'] ?? '')) as $end) {
            if (!preg_match('/^(.+):([0-9a-f]{64})$/s', $end, $found)) {
                throw new \RuntimeException("`$end` is not a file's name, a colon and what --seal gave for it");
            }
            $ends[$found[1]] = $found[2];
        }
        $name = isset($options['mail']) ? 'mailtrace' : 'trace';
        if (isset($options['seal'])) {
            $sealed = $here ? \local_shopengine\sealing::seal($trace, $name) : $trace->seal(trim($key), $ends);
            $ends = array_merge($ends, $sealed['ends']);
            $told = array_map(fn(string $file, string $end): string => "$file:$end", array_keys($sealed['ends']), $sealed['ends']);
            echo $json
                ? $encode($sealed)
                : "{$sealed['bytes']} bytes are sealed now; the chains end with " . implode(',', $told) . "\n";
        }
        if (!isset($options['verify'])) {
            exit(0);
        }
        $right = true;
        foreach ($here ? \local_shopengine\sealing::verify($trace, $name) : $trace->verify(trim($key), $ends) as $file) {
            $right = $right && $file['right'];
            if ($json) {
                echo $encode($file);
                continue;
            }
            echo $paint(basename($file['file']), 'name'), "  {$file['sealed']} of {$file['length']} bytes are sealed, ",
                $file['right'] ? 'and as they were' : $paint('and not as they were', 'error'), "\n";
            foreach ($file['findings'] as $finding) {
                $sentence = $here ? \local_shopengine\sealing::sentence($file, $finding) : $finding['text'];
                echo '    ', $paint($plain($sentence), $finding['wrong'] ? 'error' : 'info'), "\n";
            }
        }
        exit($right ? 0 : 1);
    }
    $count = 0;
    if (isset($options['recent'])) {
        foreach ($trace->recent($options['recent'] === true ? 20 : (int) $options['recent']) as $one) {
            $count++;
            echo $json ? $encode($one) : $paint($one['transid'], 'name') . "  {$one['last']['time']}  "
                . "{$one['entries']} lines in " . $duration($one['milliseconds']) . "\n    "
                . $plain($one['first']['text']) . "\n    " . $paint($plain($one['last']['text']), $one['level']) . "\n";
        }
        exit($count ? 0 : 1);
    }
    $wanted = array_intersect_key($options, array_flip(['prefix', 'since', 'until', 'text', 'level']));
    foreach ($trace->entries($transaction, ...$wanted) as $entry) {
        $count++;
        if ($json) {
            $written = fwrite(STDOUT, $encode($entry));
        } else {
            $who = $entry['node'] === null ? '' : $paint("{$entry['node']} {$entry['process']} ", 'name');
            $lines = [$plain($entry['line']), ...array_map($plain, $entry['continuation'])];
            $lines = array_map(fn(string $line): string => $who . $paint($line, $entry['level']), $lines);
            $written = fwrite(STDOUT, implode("\n", $lines) . "\n");
        }
        if ($written === false) {
            // The pipe is closed: `… | head`.
            break;
        }
    }
    exit($count ? 0 : 1);
} catch (\Throwable $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(2);
}
