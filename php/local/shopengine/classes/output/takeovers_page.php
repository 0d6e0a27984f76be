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

namespace local_shopengine\output;

use local_shopengine\installation;
use local_shopengine\moodle_host;
use local_shopengine\switches;
use local_shopengine\takeover;

/**
 * The page of the takeovers. It shows what the engine and the settings say.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class takeovers_page implements \renderable, \templatable {
    /** The pages of settings of the plugin, and of ours. */
    private const SETTINGS = '/admin/settings.php';

    /** Classes of the badge of each mode, for Bootstrap 4 and 5. */
    private const BADGES = [
        'off' => 'badge badge-secondary bg-secondary text-white',
        'shadow' => 'badge badge-info bg-info text-white',
        'on' => 'badge badge-success bg-success text-white',
    ];

    /**
     * What the template shows.
     *
     * @param \renderer_base $output
     * @return array
     */
    public function export_for_template(\renderer_base $output): array {
        $loaded = extension_loaded('shopengine');
        [$check, $features] = $this->check($loaded);
        $settings = takeover::settings();
        return [
            'action' => (new \moodle_url('/local/shopengine/takeovers.php'))->out(false),
            'sesskey' => sesskey(),
            'missing' => !$loaded,
            'check' => $check,
            'test' => $this->test_mode(),
            'site' => $this->found(array_filter($features, fn(array $feature): bool => $feature['takeovers'] === []
                && $feature['code'] !== 'survey_test_mode')),
            'takeovers' => $this->takeovers($settings, $features, $loaded),
            'all' => array_map(fn(string $mode): array => [
                'mode' => $mode,
                'label' => get_string("takeovers_all_$mode", 'local_shopengine'),
            ], switches::MODES),
        ];
    }

    /**
     * The self-check in numbers, and what the site uses, which the check looks at.
     *
     * @param bool $loaded whether the extension is
     * @return array the numbers, and features as `ShopEngine\Engine::survey()` gives them
     */
    private function check(bool $loaded): array {
        $counts = ['ok' => 0, 'wrong' => 0];
        $installation = new installation();
        $problem = '';
        $right = false;
        try {
            $right = $installation->report(function (string $line) use (&$counts): void {
                $mark = trim(substr($line, 0, 7));
                $counts[$mark] = ($counts[$mark] ?? 0) + 1;
            });
        } catch (\Throwable $error) {
            // Before an upgrade is done there may be nothing to look at.
            $problem = $error->getMessage();
        }
        return [[
            'right' => $right,
            'words' => get_string('takeovers_check', 'local_shopengine', (object) $counts),
            'problem' => $problem,
            'url' => (new \moodle_url('/report/status/index.php', ['detail' => 'local_shopengine_installation']))->out(false),
        ], $loaded ? $installation->features() : []];
    }

    /**
     * The plugin's test mode.
     *
     * @return array|null
     */
    private function test_mode(): ?array {
        if (!get_config('local_shop', 'test')) {
            return null;
        }
        return [
            'override' => (bool) get_config('local_shop', 'testoverride'),
            'url' => (new \moodle_url(self::SETTINGS, ['section' => 'localsettingshop'], 'admin-test'))->out(false),
        ];
    }

    /**
     * A row for each takeover.
     *
     * @param string[] $settings of the takeovers
     * @param array[] $features of the site
     * @param bool $loaded whether the extension is
     * @return array[]
     */
    private function takeovers(array $settings, array $features, bool $loaded): array {
        $modes = $loaded ? \ShopEngine\Gate::modes($settings) : [];
        $barriers = takeover::barriers();
        $watched = $loaded ? $this->watched() : [];
        $label = fn(string $mode): string => get_string("takeover_$mode", 'local_shopengine');
        $rows = [];
        foreach (switches::order() as $name => $base) {
            $set = switches::mode($name);
            $inforce = $modes[$name] ?? 'off';
            $against = array_filter($features, fn(array $feature): bool => in_array($name, $feature['takeovers'], true));
            $rows[] = [
                'name' => $name,
                'label' => get_string("setting_$name", 'local_shopengine'),
                'about' => get_string("setting_{$name}_desc", 'local_shopengine'),
                'base' => $base === '' ? null : [
                    'label' => get_string("setting_$base", 'local_shopengine'),
                    'name' => $base,
                    'missing' => ($modes[$base] ?? 'off') !== 'on' && $set === 'on',
                ],
                'modes' => array_map(fn(string $mode): array => [
                    'mode' => $mode,
                    'label' => $label($mode),
                    'selected' => $mode === $set,
                ], switches::MODES),
                'forced' => switches::is_forced($name),
                'inforce' => $inforce === $set ? null : ['label' => $label($inforce), 'classes' => self::BADGES[$inforce]],
                'watched' => $watched[$name] ?? null,
                'watches' => $inforce === 'shadow' && !isset($watched[$name]),
                'barrier' => isset($barriers[$name]) ? get_string($barriers[$name], 'local_shopengine') : '',
                'found' => $against !== [],
                'against' => $this->found($against),
                'clear' => !isset($barriers[$name]) && !$against,
            ];
        }
        return $rows;
    }

    /**
     * What the takeovers have seen in shadow, by name.
     *
     * @return array[]
     */
    private function watched(): array {
        try {
            $all = (new moodle_host())->engine()->watched();
        } catch (\Throwable $error) {
            debugging($error->getMessage(), DEBUG_DEVELOPER);
            return [];
        }
        $watched = [];
        foreach ($all as $one) {
            $watched[$one['takeover']] = [
                'words' => get_string('takeovers_compared', 'local_shopengine', (object) [
                    'compared' => $one['compared'],
                    'same' => $one['same'],
                ]),
                'nothing' => $one['nothing'] ? get_string('takeovers_nothing', 'local_shopengine', $one['nothing']) : '',
                'since' => get_string('takeovers_since', 'local_shopengine', userdate($one['since'])),
                'differs' => $one['causes'] !== [],
                'causes' => array_map([$this, 'cause'], $one['causes']),
            ];
        }
        return $watched;
    }

    /**
     * One cause for which the engine would have done something else.
     *
     * @param array $seen
     * @return array
     */
    private function cause(array $seen): array {
        $trace = new \moodle_url('/local/shop/front/scantrace.php', ['transid' => $seen['transid']]);
        return [
            'number' => $seen['number'],
            'words' => get_string("shadow_{$seen['cause']}", 'local_shopengine', $seen['code']),
            'transid' => $seen['transid'],
            'url' => $seen['transid'] === '' ? '' : $trace->out(false),
        ];
    }

    /**
     * What was found of the site, for a list.
     *
     * @param array[] $features
     * @return array[]
     */
    private function found(array $features): array {
        return array_values(array_map(fn(array $feature): array => [
            'severity' => get_string("survey_{$feature['severity']}", 'local_shopengine'),
            'sentence' => get_string($feature['code'], 'local_shopengine', (object) $feature['params']),
            'url' => $feature['link'] === '' ? '' : (new \moodle_url($feature['link']))->out(false),
        ], $features));
    }
}
