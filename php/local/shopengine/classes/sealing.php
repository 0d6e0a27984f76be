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

namespace local_shopengine;

/**
 * Seals the traces and compares them with their seals. The secret and the end of each file's chain are kept in Moodle's settings,
 * where who can write files only cannot change them. Each machine seals the plugin's file and its own; any compares all.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class sealing {
    /** Most findings that the status page keeps. */
    private const SHOWN = 20;

    /**
     * Whether the task seals.
     *
     * @return bool
     */
    public static function is_on(): bool {
        return (bool) get_config('local_shopengine', 'tracechain');
    }

    /**
     * The secret of the seals; null when nothing was ever sealed.
     *
     * @return string|null
     */
    public static function key(): ?string {
        return ((string) get_config('local_shopengine', 'tracechainkey')) ?: null;
    }

    /**
     * Seals a trace.
     *
     * @param object $trace
     * @param string $name one of those of `traces()`
     * @return array what the engine did
     */
    public static function seal(object $trace, string $name): array {
        if (self::key() === null) {
            set_config('tracechainkey', bin2hex(random_bytes(32)), 'local_shopengine');
        }
        $sealed = $trace->seal(self::key(), self::ends($name));
        // Each has a setting of its own: machines seal at the same time.
        foreach ($sealed['ends'] as $file => $end) {
            set_config(self::setting($name) . $file, $end, 'local_shopengine');
        }
        return $sealed;
    }

    /**
     * Compares a trace with its seals.
     *
     * @param object $trace
     * @param string $name
     * @return array[] its files
     */
    public static function verify(object $trace, string $name): array {
        return $trace->verify(self::key(), self::ends($name));
    }

    /**
     * The files of which a chain is known and there, be it that of a part that was put aside.
     *
     * @param string $name
     * @return string[]
     */
    public static function sealed_files(string $name): array {
        global $CFG;
        $files = scandir($CFG->dataroot) ?: [];
        $haschain = fn(string $sealed): bool => (bool) array_filter(
            $files,
            fn(string $file): bool => str_starts_with($file, "$sealed.") && str_ends_with($file, '.chain')
        );
        return array_values(array_filter(array_keys(self::ends($name)), $haschain));
    }

    /**
     * Forgets the ends of these files' chains.
     *
     * @param string $name
     * @param string[] $files
     */
    public static function forget(string $name, array $files): void {
        foreach ($files as $file) {
            unset_config(self::setting($name) . $file, 'local_shopengine');
        }
    }

    /**
     * Compares both traces with their seals and keeps what is wrong for the status page.
     *
     * @param callable $tell told a sentence for each finding
     */
    public static function inspect(callable $tell): void {
        $wrong = [];
        foreach (self::traces() as $name => $trace) {
            try {
                foreach (self::verify($trace, $name) as $file) {
                    foreach ($file['findings'] as $finding) {
                        $tell(self::sentence($file, $finding));
                        if ($finding['wrong']) {
                            $wrong[] = self::sentence($file, $finding);
                        }
                    }
                }
            } catch (\Throwable $error) {
                $wrong[] = $error->getMessage();
                $tell($error->getMessage());
            }
        }
        $kept = ['time' => time(), 'count' => count($wrong), 'sentences' => array_slice($wrong, 0, self::SHOWN)];
        set_config('tracechainfound', json_encode($kept, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE), 'local_shopengine');
    }

    /**
     * What the last inspection found: `time`, `count`, `sentences`; null before the first.
     *
     * @return array|null
     */
    public static function found(): ?array {
        return json_decode((string) get_config('local_shopengine', 'tracechainfound'), true);
    }

    /**
     * A finding in the words of the language files.
     *
     * @param array $file as the engine gives it
     * @param array $finding
     * @return string plain text
     */
    public static function sentence(array $file, array $finding): string {
        $time = $finding['time'] === null ? '?' : userdate(strtotime($finding['time']));
        $params = (object) (['file' => basename($file['file']), 'time' => $time] + $finding);
        return get_string($finding['code'], 'local_shopengine', $params);
    }

    /**
     * The traces, by the names of their settings.
     *
     * @return object[]
     */
    public static function traces(): array {
        return ['trace' => (new moodle_host())->trace(), 'mailtrace' => moodle_host::mail_trace()];
    }

    /**
     * The ends of a trace's chains as they were last seen, by the names of the files.
     *
     * @param string $name
     * @return string[]
     */
    private static function ends(string $name): array {
        $ends = [];
        foreach ((array) get_config('local_shopengine') as $setting => $end) {
            if (str_starts_with($setting, self::setting($name))) {
                $ends[substr($setting, strlen(self::setting($name)))] = (string) $end;
            }
        }
        ksort($ends);
        return $ends;
    }

    /**
     * How the settings begin that hold the ends of a trace's chains.
     *
     * @param string $name
     * @return string
     */
    private static function setting(string $name): string {
        return "{$name}chainend_";
    }
}
