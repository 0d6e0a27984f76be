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
 * Sees each request of the site before its script runs, and takes over those that the settings give to the engine.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   https://www.gnu.org/licenses/gpl-3.0.html GNU GPL v3 or later
 */
class takeover {
    /**
     * The takeovers, and what each builds on: one that is on does nothing beyond what those below it do.
     */
    public const ALL = [
        'import' => null,
        'cart' => null,
        'customer' => 'cart',
        'paymode' => null,
        'placement' => 'customer',
        'payment' => 'placement',
        'production' => 'payment',
        'endpoints' => null,
        'bills' => null,
        'backoffice' => null,
        'trace' => null,
    ];

    /** What the plugin's scripts on its pages ask for: units, and seats. */
    private const SERVICES = ['shop', 'users'];

    /**
     * Called in every request of the site, so it loads nothing and asks nothing before it knows that the request concerns it.
     */
    public static function after_config(): void {
        if (str_contains($_SERVER['SCRIPT_FILENAME'] ?? '', '/shop/') && !CLI_SCRIPT) {
            $script = self::script();
            if ($script !== null) {
                self::answer($script);
            }
        }
    }

    /**
     * The plugin's script that is about to run, however its address was written.
     *
     * @return string|null path from /local/shop/ on; null for a script that is not the plugin's
     */
    public static function script(): ?string {
        global $CFG;
        $root = realpath($CFG->dirroot . '/local/shop') . '/';
        $script = (string) realpath($_SERVER['SCRIPT_FILENAME'] ?? '');
        return str_starts_with($script, $root) ? '/local/shop/' . substr($script, strlen($root)) : null;
    }

    /**
     * What the settings say of a takeover.
     *
     * @param string $name
     * @return string `off`, `shadow` or `on`
     */
    public static function mode(string $name): string {
        $mode = get_config('local_shopengine', $name);
        if (!in_array($mode, ['shadow', 'on'], true)) {
            return 'off';
        }
        $base = self::ALL[$name];
        // What builds on a step that the plugin still does itself can only watch.
        return $mode === 'on' && $base !== null && self::mode($base) !== 'on' ? 'shadow' : $mode;
    }

    /**
     * Why nothing can be taken over on this site, whatever the settings say: a language string key, or null.
     *
     * @return string|null
     */
    public static function obstacle(): ?string {
        global $CFG;
        if (!extension_loaded('shopengine')) {
            return 'check_extension_missing';
        }
        // With that folder the plugin has discounts and partners of its own, which the engine does not know.
        return is_dir($CFG->dirroot . '/local/shop/pro') ? 'check_pro' : null;
    }

    /**
     * Answers the request, guards it, or lets it pass.
     *
     * @param string $script the path from /local/shop/ on
     */
    private static function answer(string $script): void {
        $name = self::of($script, self::word('view'), self::word('what'));
        if ($name === 'placement' && self::mode('placement') !== 'on' && self::mode('paymode') !== 'off') {
            $name = 'paymode';
        }
        $mode = match ($name) {
            null => 'off',
            'service' => self::mode('placement') === 'on' ? 'on' : 'off',
            default => self::mode($name),
        };
        if ($mode === 'off' || self::obstacle() !== null) {
            return;
        }
        $host = new moodle_host();
        if ($mode === 'shadow') {
            (new shadow($host, $name))->watch();
            return;
        }
        access::check($name);
        match ($name) {
            'import', 'cart', 'customer', 'placement' => (new steering($host, $name, self::word('what') !== ''))->answer(),
            'paymode' => (new guard($host))->paymode(),
            // Other services would place and produce beside the pages that are taken over.
            'service' => in_array(self::word('service'), self::SERVICES, true) ? null : (new guard($host))->service(),
            'backoffice' => (new guard($host))->backoffice(),
            default => self::hand_over($host, $name),
        };
    }

    /**
     * The engine answers with a page of its own.
     *
     * @param moodle_host $host
     * @param string $name
     */
    private static function hand_over(moodle_host $host, string $name): void {
        if ($name === 'endpoints') {
            // A payment interface has no session and must not wait for anybody's; a buyer who comes there has one.
            moodle_host::lend_session();
        }
        if ((new front($host, fn(): object => $host->engine()))->answer()) {
            exit;
        }
    }

    /**
     * Which takeover a request belongs to.
     *
     * @param string $script the path from /local/shop/ on
     * @param string $view
     * @param string $what
     * @return string|null null for one that is the plugin's alone; `service` for the address of its scripts
     */
    public static function of(string $script, string $view, string $what): ?string {
        if (str_starts_with($script, '/local/shop/paymodes/')) {
            return 'endpoints';
        }
        return match ($script) {
            '/local/shop/front/view.php' => self::of_front($view, $what),
            '/local/shop/front/order.popup.php', '/local/shop/front/bill.popup.php' => 'bills',
            '/local/shop/front/scantrace.php' => 'trace',
            '/local/shop/bills/view.php' => 'backoffice',
            '/local/shop/front/ajax/service.php' => 'service',
            default => null,
        };
    }

    /**
     * Which takeover a request to the shop's front belongs to.
     *
     * @param string $view
     * @param string $what
     * @return string|null
     */
    private static function of_front(string $view, string $what): ?string {
        if ($what === 'import') {
            return 'import';
        }
        return match ($view) {
            'payment' => 'payment',
            'produce' => 'production',
            'bill', 'invoice' => 'bills',
            'customer' => $what === '' ? 'cart' : 'customer',
            // Seeing the summary takes a buyer who was found right; the plugin only looks whether there is one.
            'order' => match ($what) {
                '' => self::mode('customer') === 'on' ? 'customer' : 'cart',
                'navigate' => 'placement',
                default => null,
            },
            '', 'shop' => $what === '' || $what === 'navigate' ? 'cart' : null,
            'purchaserequ', 'users' => $what === '' ? 'cart' : null,
            default => null,
        };
    }

    /**
     * A parameter of the request that must be a word.
     *
     * @param string $name
     * @return string '' when it is missing or something else
     */
    private static function word(string $name): string {
        $value = $_POST[$name] ?? $_GET[$name] ?? '';
        return is_string($value) ? $value : '';
    }
}
