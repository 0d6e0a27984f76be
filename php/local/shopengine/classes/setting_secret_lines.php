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
 * Several lines that nobody sees again: a private key.
 *
 * @package   local_shopengine
 * @copyright 2026 the shopengine authors
 * @license   http://www.gnu.org/copyleft/gpl.html GNU GPL v3 or later
 */
class setting_secret_lines extends \admin_setting_configtextarea {
    /**
     * Keeps what was sent; nothing sent keeps what was there. Where nothing was there the empty text is kept: what is missing is a
     * new setting to Moodle, which it asks for until it is stored.
     *
     * @param string $data
     * @return string '' or a sentence
     */
    public function write_setting($data) {
        return trim((string) $data) === '' && trim((string) $this->get_setting()) !== '' ? '' : parent::write_setting($data);
    }

    /**
     * Notes that it changed, and nothing of what it was or is.
     *
     * @param string $name
     * @param string|null $oldvalue
     * @param string $value
     */
    protected function add_to_config_log($name, $oldvalue, $value) {
        $mask = fn(?string $text): ?string => (string) $text === '' ? $text : '********';
        parent::add_to_config_log($name, $mask($oldvalue), $mask($value));
    }

    /**
     * The field, always empty.
     *
     * @param string $data
     * @param string $query
     * @return string HTML
     */
    public function output_html($data, $query = '') {
        $kept = trim((string) $data) === ''
            ? ''
            : \html_writer::div(s(get_string('setting_kept', 'local_shopengine')), 'form-text');
        return parent::output_html('', $query) . $kept;
    }
}
