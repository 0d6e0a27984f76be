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
 * Sees each request of the site before its script runs, and brings those to the plugin's scripts before the gate.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class takeover {
    /** The takeovers, in the order of a purchase: names of their settings. */
    public const ALL = [
        'import', 'cart', 'customer', 'paymode', 'placement', 'payment', 'production', 'endpoints', 'bills', 'backoffice', 'trace',
    ];

    /**
     * Called in every request of the site, so it loads nothing and asks nothing before it knows that the request concerns it.
     */
    public static function after_config(): void {
        if (CLI_SCRIPT) {
            return;
        }
        $script = self::script();
        if ($script !== null) {
            (new gate())->guard($script);
        }
    }

    /**
     * The plugin's script that runs. PHP itself says which files are running, so the way in which the address was written, links
     * between folders and a front controller before the script make no difference.
     *
     * @return string|null path below local/shop/; null for a script that is not the plugin's
     */
    public static function script(): ?string {
        global $CFG;
        $named = "$CFG->dirroot/local/shop/";
        $real = \realpath($named);
        if ($real === false) {
            // The plugin's folder is away, during its upgrade for example: none of its scripts can run.
            return null;
        }
        $files = [];
        foreach (\debug_backtrace(\DEBUG_BACKTRACE_IGNORE_ARGS) as $call) {
            $files[] = $call['file'] ?? '';
        }
        // The file that the server was asked for, where it is a link or php.ini runs another one first.
        $asked = $_SERVER['SCRIPT_FILENAME'] ?? '';
        $files[] = $asked;
        $files[] = \realpath($asked) ?: '';
        $roots = $real . '/' === $named ? [$named] : ["$real/", $named];
        // The script is the outermost.
        for ($at = \count($files) - 1; $at >= 0; $at--) {
            foreach ($roots as $root) {
                if (\str_starts_with($files[$at], $root)) {
                    return \substr($files[$at], \strlen($root));
                }
            }
        }
        return null;
    }

    /**
     * The settings of the takeovers, and what the site is.
     *
     * @return string[] `off`, `shadow` or `on` by name; `pro` is `1` beside the PRO edition; `blocked` names those that would lose
     *     something, `running` those that were on when the site was looked at last
     */
    public static function settings(): array {
        $config = (array) get_config('local_shopengine');
        $settings = array_intersect_key($config, array_flip([...self::ALL, 'blocked', 'running']));
        return ['pro' => self::edition()] + array_map('strval', $settings);
    }

    /**
     * How far a takeover goes, what it builds on considered.
     *
     * @param string $name
     * @return string `off`, `shadow` or `on`
     */
    public static function mode(string $name): string {
        return extension_loaded('shopengine') ? \ShopEngine\Gate::modes(self::settings())[$name] : 'off';
    }

    /**
     * Why takeovers stay off on this site, whatever their settings say.
     *
     * @return string[] language string keys by name
     */
    public static function barriers(): array {
        return extension_loaded('shopengine') ? \ShopEngine\Gate::barriers(self::settings()) : [];
    }

    /**
     * Keeps among the settings, where the engine reads it, whether this is the PRO edition.
     */
    public static function keep_edition(): void {
        $pro = self::edition();
        if ((string) get_config('local_shopengine', 'pro') !== $pro) {
            set_config('pro', $pro, 'local_shopengine');
        }
    }

    /**
     * Is the plugin the PRO edition? Only whether its folder exists is looked at.
     *
     * @return string `1` or ''
     */
    private static function edition(): string {
        global $CFG;
        return is_dir($CFG->dirroot . '/local/shop/pro') ? '1' : '';
    }
}
