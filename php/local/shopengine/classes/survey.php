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
 * What the site uses that a takeover would change or lose. The engine finds and judges it; here it is asked, kept and told.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class survey {
    /** The mark in front of a line, by severity. */
    public const MARKS = ['loses' => 'lose', 'changes' => 'change', 'information' => 'info'];

    /**
     * Has the engine look at the site, and keeps among the settings which takeovers that blocks.
     *
     * @return array[] features as `ShopEngine\Engine::survey()` gives them
     */
    public static function look(): array {
        $survey = (new moodle_host())->engine()->survey([
            'handlers' => self::installed('datahandling/handlers'),
            'paymodes' => self::installed('paymodes'),
            'settings' => takeover::settings(),
        ]);
        foreach (['blocked', 'running'] as $name) {
            if (get_config('local_shopengine', $name) !== $survey[$name]) {
                set_config($name, $survey[$name], 'local_shopengine');
            }
        }
        return $survey['features'];
    }

    /**
     * The sentence about a feature.
     *
     * @param array $feature
     * @return string plain text
     */
    public static function sentence(array $feature): string {
        $sentence = get_string($feature['code'], 'local_shopengine', (object) $feature['params']);
        $names = array_map(fn(string $name): string => get_string("setting_$name", 'local_shopengine'), $feature['takeovers']);
        if (!$names) {
            return $sentence;
        }
        return get_string('survey_concerns', 'local_shopengine', ['sentence' => $sentence, 'takeovers' => implode(', ', $names)]);
    }

    /**
     * The sentences about features, for a page.
     *
     * @param array[] $features
     * @return string HTML
     */
    public static function list(array $features): string {
        return \html_writer::alist(array_map(function (array $feature): string {
            $words = \html_writer::tag('strong', get_string("survey_{$feature['severity']}", 'local_shopengine')) . ' '
                . s(self::sentence($feature));
            $link = $feature['link'] === '' ? '' : ' ' . \html_writer::link(
                new \moodle_url($feature['link']),
                get_string('survey_open', 'local_shopengine')
            );
            return $words . $link;
        }, $features));
    }

    /**
     * Names of the handlers or payment interfaces that the plugin has: folders that hold a class of the same name.
     *
     * @param string $folder below local/shop/
     * @return string[]
     */
    private static function installed(string $folder): array {
        global $CFG;
        $files = glob("$CFG->dirroot/local/shop/$folder/*/*.class.php") ?: [];
        $names = array_map(fn(string $file): string => basename($file, '.class.php'), $files);
        $isown = fn(string $name, int $at): bool => basename(dirname($files[$at])) === $name;
        return array_values(array_filter($names, $isown, ARRAY_FILTER_USE_BOTH));
    }
}
