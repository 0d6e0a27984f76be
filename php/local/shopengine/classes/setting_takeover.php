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
 * How far a takeover goes. The engine judges the value, by what the site uses at that moment, before it is saved.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class setting_takeover extends \admin_setting_configselect {
    /** @var bool whether the site was looked at in this request */
    private static bool $looked = false;

    /**
     * Saves the value, or says why not.
     *
     * @param string $data
     * @return string '' or a sentence
     */
    public function write_setting($data) {
        if ($data === 'off') {
            return parent::write_setting($data);
        }
        if (!extension_loaded('shopengine')) {
            return get_string('check_extension_missing', 'local_shopengine');
        }
        if (!self::$looked) {
            survey::look();
            self::$looked = true;
        }
        $refusal = \ShopEngine\Gate::refusal($this->name, (string) $data, takeover::settings());
        return $refusal === null ? parent::write_setting($data) : get_string($refusal, 'local_shopengine');
    }
}
